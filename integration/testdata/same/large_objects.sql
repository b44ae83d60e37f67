CREATE TABLE attachments (id integer PRIMARY KEY, content oid);
INSERT INTO attachments SELECT n, lo_from_bytea(0, decode(repeat(md5(n::text), n * 500), 'hex')) FROM generate_series(1, 20) n;
INSERT INTO attachments VALUES (100, lo_create(4000000)), (101, NULL);
-- A hole in the middle, and an end in the middle of a page.
SELECT lo_create(4000001), lo_put(4000001, 0, 'start'), lo_put(4000001, 100000, 'end');
