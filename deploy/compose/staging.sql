-- Who makes staging databases, and who owns them.
CREATE ROLE shop_app NOLOGIN;
CREATE ROLE understudy LOGIN CREATEDB PASSWORD 'understudy';
GRANT shop_app, pg_signal_backend TO understudy;
