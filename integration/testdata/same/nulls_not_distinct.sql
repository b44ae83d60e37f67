-- One NULL only.
CREATE TABLE single (a integer, b integer, CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a));
INSERT INTO single SELECT NULLIF(n, 1), n FROM generate_series(1, 10) n;
CREATE UNIQUE INDEX ON single (b) NULLS NOT DISTINCT WHERE a IS NOT NULL;
CREATE VIEW invoker WITH (security_invoker = true, security_barrier = true) AS SELECT a FROM single;
CREATE TABLE pair (x integer, y integer, PRIMARY KEY (x, y));
INSERT INTO pair VALUES (1, 1);
CREATE TABLE set_null (x integer, y integer, FOREIGN KEY (x, y) REFERENCES pair (x, y) ON DELETE SET NULL (y));
INSERT INTO set_null VALUES (1, 1), (1, NULL);
