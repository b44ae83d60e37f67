-- What came with PostgreSQL 16.
CREATE TABLE stored (id integer PRIMARY KEY, a text STORAGE EXTERNAL, b text STORAGE MAIN COMPRESSION pglz);
INSERT INTO stored SELECT i, repeat('a', i * 1000), repeat('b', i) FROM generate_series(1, 5) i;

CREATE TABLE numbers (id integer PRIMARY KEY DEFAULT 0x1_0, n numeric, CONSTRAINT small CHECK (n < 1_000_000));
INSERT INTO numbers VALUES (1, 5), (2, NULL);

CREATE VIEW documents AS
	SELECT id, JSON_ARRAY(id, n NULL ON NULL) AS pair, JSON_OBJECT('n': n ABSENT ON NULL) AS object, n::text IS JSON SCALAR AS plain,
		(SELECT max(x) FROM (SELECT n AS x) AS sub) AS highest
	FROM numbers;
CREATE VIEW aggregated AS SELECT any_value(n) AS some, JSON_ARRAYAGG(n ORDER BY id) AS list FROM numbers;
