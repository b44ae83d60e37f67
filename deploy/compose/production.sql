-- All that understudy needs of production.
CREATE ROLE understudy_reader LOGIN PASSWORD 'reader';
GRANT pg_read_all_data TO understudy_reader;
