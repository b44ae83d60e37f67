-- Values larger than any buffer, next to small ones.
CREATE TABLE blobs (id integer PRIMARY KEY, before text, b bytea, after integer);
ALTER TABLE blobs ALTER b SET STORAGE EXTERNAL;
INSERT INTO blobs VALUES (1, 'small', '\x01', 1);
INSERT INTO blobs SELECT 2, 'large', decode(repeat('00ff5c0a', 10 << 20), 'hex'), 2;
INSERT INTO blobs SELECT n, 'small', decode(md5(n::text), 'hex'), n FROM generate_series(3, 100) n;
CREATE TABLE texts (id integer PRIMARY KEY, t text, j jsonb, after integer);
INSERT INTO texts SELECT 1, repeat(E'äö\n\t\\N', 2 << 20), NULL, 1;
INSERT INTO texts SELECT 2, NULL, (SELECT jsonb_object_agg('key' || n, repeat('v', 1000)) FROM generate_series(1, 20000) n), 2;
INSERT INTO texts VALUES (3, 'small', '{}', 3);
-- The same by text, because of a name of an object.
CREATE TABLE texts_by_name (id integer PRIMARY KEY, r regclass, t text, after integer);
INSERT INTO texts_by_name SELECT id, 'texts', t, after FROM texts;
CREATE TABLE arrays (id integer, a text[]);
INSERT INTO arrays SELECT 1, array_agg(repeat('x', 100)) FROM generate_series(1, 50000);
