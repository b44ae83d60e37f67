-- Extensions: one with a table of its own, in schemas of their own, with things built on them.
CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pgcrypto WITH SCHEMA ext;
CREATE EXTENSION "uuid-ossp" WITH SCHEMA ext;
CREATE EXTENSION unaccent WITH SCHEMA ext;
CREATE EXTENSION intarray WITH SCHEMA ext;
CREATE EXTENSION cube WITH SCHEMA ext;
CREATE EXTENSION isn WITH SCHEMA ext;
CREATE EXTENSION fuzzystrmatch;
COMMENT ON EXTENSION hstore IS 'our own words';
CREATE TABLE things (id uuid DEFAULT ext.uuid_generate_v4() PRIMARY KEY, h ext.hstore, c ext.cube, i ext.isbn13, q ext.query_int, hs ext.hstore[]);
INSERT INTO things (h, c, i, q, hs) SELECT 'a=>b'::ext.hstore, ext.cube(n), '978-0-393-04002-9', '1&(2|3)', ARRAY['x=>y'::ext.hstore] FROM generate_series(1, 30) n;
CREATE INDEX ON things USING gin (h);
CREATE FUNCTION slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(ext.unaccent('ext.unaccent', $1)) $$;
CREATE TABLE titles (t text, s text GENERATED ALWAYS AS (slug(t)) STORED);
INSERT INTO titles VALUES ('Élan'), ('Ärger');
CREATE INDEX ON titles (slug(t));
