-- A column of every type, with the values at the edge of each.
CREATE SCHEMA ext;
CREATE EXTENSION citext WITH SCHEMA public;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION ltree WITH SCHEMA ext;
SET search_path = public, ext;

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s', '', 'a,b', '{"x"}');
ALTER TYPE mood ADD VALUE 'between' BEFORE 'happy';
CREATE TYPE point3 AS (x float8, y float8, label varchar(7));
CREATE TYPE segment AS (a point3, b point3[], m mood);
CREATE TYPE shrunk AS (a integer, gone text, b text);
ALTER TYPE shrunk DROP ATTRIBUTE gone;
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE mood_range AS RANGE (subtype = mood);
CREATE DOMAIN filled AS text NOT NULL CHECK (VALUE <> '');
CREATE DOMAIN tags AS text[] CHECK (cardinality(VALUE) < 5);
CREATE DOMAIN positive AS integer DEFAULT 1 CHECK (VALUE > 0);
CREATE DOMAIN small AS positive CHECK (VALUE < 1000);
CREATE DOMAIN smalls AS small[];
CREATE DOMAIN place AS point3 CHECK ((VALUE).x > 0);

CREATE TABLE numbers (
    id integer PRIMARY KEY, i2 smallint, i4 integer, i8 bigint, n numeric, n52 numeric(5, 2), nneg numeric(5, -2),
    f4 real, f8 double precision, m money, o oid, b boolean, c "char", x xid, cc cid, t tid
);
INSERT INTO numbers VALUES
    (1, -32768, -2147483648, -9223372036854775808, 'NaN', 'NaN', NULL, 'NaN', 'NaN', '-92233720368547758.08', 0, true, '', '0', '0', '(0,0)'),
    (2, 32767, 2147483647, 9223372036854775807, 'Infinity', 999.99, 12345, 'Infinity', 'Infinity', '92233720368547758.07', 4294967295, false, 'x', '4294967295', '5', '(4294967295,65535)'),
    (3, 0, 0, 0, '-Infinity', -999.99, -99, '-Infinity', '-Infinity', '0', 1, NULL, '\351', '3', '7', '(1,2)'),
    (4, 1, 1, 1, 1e-16383, 0.00, 0, 1e-45, 5e-324, '0.01', NULL, NULL, '\200', NULL, NULL, NULL),
    (5, 1, 1, 1, 1e131071, 1.10, 100, 3.4028235e38, 1.7976931348623157e308, NULL, NULL, NULL, '~', NULL, NULL, NULL),
    (6, 1, 1, 1, 0.000000000000000000000000000000000001, NULL, NULL, '-0', '-0', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (7, NULL, NULL, NULL, 1.0000, NULL, NULL, 0.1, 0.1, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE times (
    id integer PRIMARY KEY, d date, t time, t3 time(3), tz timetz, ts timestamp, ts0 timestamp(0), tstz timestamptz,
    i interval, ih interval hour to minute, i2 interval second(2)
);
INSERT INTO times VALUES
    (1, 'infinity', '24:00:00', '00:00:00.123', '24:00:00-15:59', 'infinity', 'infinity', '-infinity', '178000000 years', '3:04', '1.239'),
    (2, '-infinity', '00:00', '23:59:59.999', '00:00+15:59', '-infinity', '-infinity', 'infinity', '-178000000 years', '-3:04', '-1'),
    (3, '4714-11-24 BC', '12:00', '12:00', '12:00:00.000001+05:30', '4714-11-24 00:00 BC', '0044-03-15 BC', '4714-11-24 00:00 BC', '1 mon -1 day 00:00:00.000001', '0', '0'),
    (4, '5874897-12-31', '23:59:59.999999', NULL, NULL, '294276-12-31 23:59:59.999999', NULL, '294276-12-31 23:59:59.999999+00', '0', NULL, NULL),
    (5, '2024-02-29', NULL, NULL, NULL, '2024-02-29 23:59:60', NULL, '2024-03-31 02:30 Europe/Berlin', '-1 mons +1 days -00:00:01', NULL, NULL);

CREATE TABLE strings (
    id integer PRIMARY KEY, t text, v varchar(10), c char(5), n name, b bytea, ci citext, bit3 bit(3), vb bit varying(10), u uuid
);
INSERT INTO strings VALUES
    (1, '', '', '', '', '', '', '000', '', '00000000-0000-0000-0000-000000000000'),
    (2, '\N', '\.', 'a  ', 'NULL', '\x00ff5c4e0a', 'CamelCase', '101', '1', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (3, E'\b\f\n\r\t\v\\', E'\r\n', E'\n', 'n', '\\x', 'É', '111', '1111111111', gen_random_uuid()),
    (4, E'\u0001\u007f\u0080\u00a0\u2028\ufeff\uffff', E'\U0001F600', 'äöüß', E'\U0010FFFF', decode('ff', 'hex'), NULL, NULL, NULL, NULL),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (6, repeat('ü', 100000), repeat('ü', 10), 'üüüüü', repeat('n', 63), decode(repeat('00ff', 50000), 'hex'), NULL, NULL, NULL, NULL),
    (7, '"quoted", {braces} (parens) \ ''single''', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE nets (id integer PRIMARY KEY, i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO nets VALUES
    (1, '10.1.2.3', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'), (2, '10.1.2.3/8', '0.0.0.0/0', 'ff:ff:ff:ff:ff:ff', NULL),
    (3, '::1', '::/0', NULL, NULL), (4, '2001:db8::1/64', '2001:db8::/32', NULL, NULL), (5, '::ffff:1.2.3.4', NULL, NULL, NULL);

CREATE TABLE documents (id integer PRIMARY KEY, j json, jb jsonb, jp jsonpath, x xml, h hstore, l ltree, lq lquery, lt ltxtquery);
INSERT INTO documents VALUES
    (1, '{"b" : 1, "a":2, "a":  3}', '{"b": 1, "a": [null, true, 1e400, "\u00fc\\\"\n"]}', '$.a[*] ? (@ > 1)', '<a b="c">&lt;ü</a>', 'a=>1, "b c"=>NULL, ""=>""', 'a.b.c', 'a.*{1,2}.b', 'a & b'),
    (2, 'null', 'null', 'strict $', '', '', '', '*', 'a | !b'),
    (3, ' [1 , 2 ] ', '[]', '$."a b"', '<?xml version="1.0"?><r/>', NULL, NULL, NULL, NULL),
    (4, '"text"', '"text"', NULL, 'plain text', NULL, NULL, NULL, NULL),
    (5, '1.10', '1.10', NULL, '<a/><b/>', NULL, NULL, NULL, NULL),
    (6, NULL, '{}', NULL, NULL, NULL, NULL, NULL, NULL);

-- The server sends an empty tsquery in binary, but does not take it back; nor an empty vector.
CREATE TYPE asked AS (q tsquery, note text);
CREATE DOMAIN question AS tsquery;
CREATE TABLE searches (id integer PRIMARY KEY, v tsvector, q tsquery, qs tsquery[], a asked, d question);
INSERT INTO searches VALUES
    (1, 'a:1A,2B fat:3 ''it''''s''', 'a & (b | !c) <-> d:*AB', ARRAY['a'::tsquery, ''::tsquery], ROW ('', 'x')::asked, ''),
    (2, '', '', '{}', ROW ('a & b', NULL)::asked, 'b'), (3, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE vectors (id integer PRIMARY KEY, i int2vector, o oidvector);
INSERT INTO vectors VALUES (1, '1 2 3', '4 5'), (2, '', ''), (3, NULL, NULL);

CREATE TABLE shapes (id integer PRIMARY KEY, p point, l line, s lseg, b box, pt path, pg polygon, c circle);
INSERT INTO shapes VALUES
    (1, '(1,2)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),1>'),
    (2, '(NaN,Infinity)', NULL, NULL, NULL, '((0,0),(1,1))', NULL, '<(1e300,-0),0>');

CREATE TABLE ranges (id integer PRIMARY KEY, i int4range, b int8range, n numrange, d daterange, ts tsrange, tz tstzrange, f float_range, mr mood_range, im int4multirange, fm float_multirange, nm nummultirange);
INSERT INTO ranges VALUES
    (1, '[1,10)', '(,)', '[1.50,2.5]', '[2020-01-01,infinity)', '[2020-01-01,2020-02-02)', '(,2020-01-01 00:00+00]', '(1.5,NaN]', '[sad,happy)', '{[1,2),[5,8)}', '{(,1.5),[2,)}', '{[1,2]}'),
    (2, 'empty', 'empty', 'empty', 'empty', 'empty', 'empty', 'empty', 'empty', '{}', '{}', '{}'),
    (3, NULL, NULL, '(,)', '(-infinity,infinity)', NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE internals (id integer PRIMARY KEY, l pg_lsn, s pg_snapshot, x8 xid8, ts txid_snapshot);
INSERT INTO internals VALUES (1, 'FFFFFFFF/FFFFFFFF', '10:20:10,14,15', '18446744073709551615', '10:20:10'), (2, '0/0', '1:1:', '0', NULL);

-- Names of objects travel as text: their binary form is an OID of the source.
CREATE TYPE named AS (r regclass, note text);
CREATE TABLE references_ (id integer PRIMARY KEY, c regclass, p regproc, pr regprocedure, o regoper, op regoperator, t regtype, n regnamespace, ro regrole, cfg regconfig, dict regdictionary, col regcollation, many regclass[], comp named, masked_not text);
INSERT INTO references_ VALUES
    (1, 'public.numbers', 'pg_catalog.now', 'pg_catalog.abs(integer)', 'pg_catalog.||/', '+(integer,integer)', 'public.mood', 'ext', 'pg_read_all_data', 'simple', 'simple', '"C"',
     ARRAY['public.times', 'pg_catalog.pg_class']::regclass[], ROW ('public.nets', 'x')::named, E'tab\tnewline\nbackslash\\'),
    (2, '-', '-', '-', '0', '0', '-', '-', '-', '-', '-', '-', '{}', NULL, '\N'),
    (3, 'references_', NULL, NULL, NULL, NULL, 'integer[]', NULL, NULL, NULL, NULL, NULL, ARRAY[NULL]::regclass[], ROW (NULL, NULL)::named, NULL);
-- A type without a binary form.
CREATE TABLE acls (id integer PRIMARY KEY, a aclitem, aa aclitem[], t text);
INSERT INTO acls VALUES (1, '=r/pg_monitor', '{=r/pg_monitor,pg_monitor=rw/pg_monitor}', E'\t'), (2, NULL, '{}', '');

CREATE TABLE arrays (id integer PRIMARY KEY, i integer[], t text[], two integer[][], m mood[], p point3[], d filled[], j jsonb[], b bytea[], ts timestamptz[], r int4range[], h hstore[], c citext[], bb boolean[], box_ box[]);
INSERT INTO arrays VALUES
    (1, '{1,NULL,3}', '{a,"NULL",NULL,"","\"\\",\,}', '{{1,2},{3,4}}', '{sad,"it''s","",NULL,"a,b","{\"x\"}"}', ARRAY[ROW (1, NULL, 'x')::point3, NULL, ROW (NULL, NULL, NULL)::point3], '{a,b}', ARRAY['{"a": 1}', 'null', NULL]::jsonb[], ARRAY['\x00'::bytea, ''::bytea, NULL], ARRAY['infinity', '2020-01-01 00:00+00']::timestamptz[], ARRAY['empty', '[1,2)']::int4range[], ARRAY['a=>1'::hstore], '{A,a}', '{t,f,NULL}', '{(1,1),(0,0);(2,2),(1,1)}'),
    (2, '[0:1]={5,6}', '[-1:0][2:3]={{a,b},{c,d}}', '[5:5][-2:-1]={{1,2}}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    (3, '{}', '{{{{{{x}}}}}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE composites (id integer PRIMARY KEY, p point3, s segment, ss segment[], sh shrunk, shs shrunk[], whole numbers, wholes numbers[]);
INSERT INTO composites
SELECT 1, ROW (1, 'NaN', 'a,b"c\')::point3, ROW (ROW (1, 2, '')::point3, ARRAY[ROW (3, 4, 'x')::point3], 'ok')::segment,
       ARRAY[ROW (NULL, NULL, NULL)::segment, NULL], ROW (1, 'x')::shrunk, ARRAY[ROW (1, NULL)::shrunk], it, ARRAY[it, NULL] FROM numbers it WHERE id = 1;
INSERT INTO composites (id, p) VALUES (2, ROW (NULL, NULL, NULL)), (3, NULL);

CREATE TABLE domains (id integer PRIMARY KEY, f filled, t tags, p positive, s small DEFAULT 5, ss smalls, pl place);
INSERT INTO domains VALUES (1, 'x', '{a,b}', 1, 999, '{1,2}', ROW (1, 2, 'x')::point3), (2, 'y', NULL, NULL, NULL, NULL, NULL);
INSERT INTO domains (id, f) VALUES (3, 'defaults');
-- A domain's check that its values break.
CREATE DOMAIN lax AS integer;
CREATE TABLE laxes (id integer PRIMARY KEY, l lax);
INSERT INTO laxes VALUES (1, -1), (2, 1);
ALTER DOMAIN lax ADD CONSTRAINT strict CHECK (VALUE > 0) NOT VALID;
COMMENT ON CONSTRAINT strict ON DOMAIN lax IS 'for new values';
