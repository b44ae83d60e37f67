CREATE TABLE attachments (id integer PRIMARY KEY, content oid);
INSERT INTO attachments SELECT n, lo_from_bytea(0, decode(repeat(md5(n::text), n * 500), 'hex')) FROM generate_series(1, 20) n;
INSERT INTO attachments VALUES (100, lo_create(4000000)), (101, NULL);
GRANT SELECT ON LARGE OBJECT 4000000 TO {{app}};
GRANT SELECT, UPDATE ON LARGE OBJECT 4000000 TO {{audit}} WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 4000000 IS E'nothing in ''it''\n\\';
-- A hole in the middle, and an end in the middle of a page.
SELECT lo_create(4000001), lo_put(4000001, 0, 'start'), lo_put(4000001, 100000, 'end');
COMMENT ON LARGE OBJECT 4000001 IS 'a hole';
DO $$ DECLARE o oid; BEGIN FOR o IN SELECT content FROM attachments WHERE id < 10 LOOP EXECUTE 'GRANT UPDATE ON LARGE OBJECT ' || o || ' TO {{app}}, PUBLIC'; END LOOP; END $$;
