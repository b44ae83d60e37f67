-- What came with PostgreSQL 17.
CREATE TABLE identities (id bigint GENERATED ALWAYS AS IDENTITY (START 100), day integer NOT NULL, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
CREATE TABLE identities_1 PARTITION OF identities FOR VALUES IN (1);
CREATE TABLE identities_rest PARTITION OF identities DEFAULT;
INSERT INTO identities (day) SELECT i % 3 FROM generate_series(1, 30) i;

CREATE TABLE reserved (room integer, day integer, EXCLUDE USING btree (room WITH =, day WITH =)) PARTITION BY LIST (day);
CREATE TABLE reserved_1 PARTITION OF reserved FOR VALUES IN (1);
INSERT INTO reserved VALUES (1, 1), (2, 1);

CREATE TABLE builtin (id integer PRIMARY KEY, name text COLLATE pg_c_utf8, took interval);
CREATE INDEX builtin_lower ON builtin (lower(name));
INSERT INTO builtin VALUES (1, 'Ünder', 'infinity'), (2, 'study', '-infinity'), (3, NULL, '1 mon 2 days 03:04:05.6');
ALTER TABLE builtin ALTER COLUMN took SET STATISTICS DEFAULT;

CREATE FUNCTION merges() RETURNS bigint LANGUAGE sql BEGIN ATOMIC
	WITH m AS (
		MERGE INTO builtin b USING (SELECT 4 AS id) s ON b.id = s.id
		WHEN NOT MATCHED BY SOURCE THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
		RETURNING merge_action())
	SELECT count(*) FROM m;
END;

CREATE VIEW from_json AS
	SELECT j.id, j.name, JSON_EXISTS(jsonb '{"a": 1}', '$.a') AS there, JSON_VALUE(jsonb '{"a": 1}', '$.a' RETURNING integer) AS a
	FROM JSON_TABLE(jsonb '[{"id": 1, "name": "x"}]', '$[*]' COLUMNS (id integer PATH '$.id', name text PATH '$.name')) AS j;
CREATE MATERIALIZED VIEW filled AS SELECT * FROM from_json;

GRANT MAINTAIN ON builtin TO pg_monitor;
GRANT ALL ON reserved TO pg_monitor;
REVOKE MAINTAIN ON reserved FROM pg_monitor;
