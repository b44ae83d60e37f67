-- What only a superuser can create, and what depends on it in every way.
CREATE TYPE shout;
CREATE FUNCTION shout_in(cstring) RETURNS shout LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION shout_out(shout) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE shout (INPUT = shout_in, OUTPUT = shout_out, LIKE = text, COLLATABLE = true);
CREATE TYPE never_made;
CREATE CAST (shout AS text) WITHOUT FUNCTION;
CREATE DOMAIN loud AS shout;
CREATE TYPE call AS (words shout, at timestamptz);
CREATE TABLE calls (id integer PRIMARY KEY, what loud, parts call[]);
INSERT INTO calls SELECT n, 'hey', ARRAY[ROW('ho', '2020-01-01')::call] FROM generate_series(1, 20) n;
CREATE TABLE answers (id integer PRIMARY KEY, call integer REFERENCES calls, words text);
INSERT INTO answers SELECT n, n, 'yes' FROM generate_series(1, 20) n;
CREATE VIEW heard AS SELECT c.id, a.words FROM calls c JOIN answers a ON a.call = c.id;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM heard;
CREATE TABLE kin () INHERITS (calls);
INSERT INTO kin VALUES (100, 'x', NULL);

CREATE FUNCTION plus(integer, integer) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'int4pl';
CREATE OPERATOR <+> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = plus);
CREATE FUNCTION proof(integer) RETURNS boolean LANGUAGE sql IMMUTABLE LEAKPROOF AS 'SELECT $1 > 0';
CREATE TABLE sums (
	a integer, b integer DEFAULT plus(1, 2),
	c integer GENERATED ALWAYS AS (plus(a, 1)) STORED
);
INSERT INTO sums (a) VALUES (1), (2);
CREATE TABLE proven (i integer CONSTRAINT is_proven CHECK (proof(i)));
INSERT INTO proven VALUES (1);
CREATE TABLE plain (i integer PRIMARY KEY, t text);
INSERT INTO plain SELECT n, n::text FROM generate_series(1, 30) n;
CREATE INDEX plain_plus ON plain (plus(i, 1));
CREATE POLICY only_proven ON plain USING (proof(i));
CREATE FUNCTION reads_kin() RETURNS SETOF kin LANGUAGE sql AS 'SELECT * FROM public.kin';
CREATE AGGREGATE middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE AGGREGATE added(integer) (SFUNC = plus, STYPE = integer, INITCOND = '0');

CREATE FUNCTION compare_backward(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.btint4cmp($2, $1)';
CREATE OPERATOR FAMILY backward USING btree;
CREATE OPERATOR CLASS backward FOR TYPE integer USING btree FAMILY backward AS
	OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 compare_backward(integer, integer);
CREATE INDEX plain_backward ON plain (i backward);
CREATE TABLE days (i integer, t text) PARTITION BY RANGE (i backward);
CREATE TABLE days_some PARTITION OF days FOR VALUES FROM (10) TO (0);
INSERT INTO days VALUES (5, 'five');
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE elsewhere (i integer) USING heap_again;
INSERT INTO elsewhere VALUES (1);

CREATE EXTENSION pageinspect;
CREATE VIEW pages AS SELECT get_raw_page('pg_class', 0) AS page;
CREATE EXTENSION postgres_fdw;
CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE far (id integer) SERVER other;
CREATE VIEW near AS SELECT * FROM far;
CREATE FUNCTION noticed() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER noticed ON ddl_command_end EXECUTE FUNCTION noticed();
COMMENT ON TYPE shout IS 'a base type';
COMMENT ON CAST (shout AS text) IS 'a cast';
