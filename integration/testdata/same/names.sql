-- Names that a careless tool quotes wrongly, or not at all.
CREATE SCHEMA "Sales Dept";
CREATE SCHEMA "a.b";
CREATE SCHEMA "select";
CREATE SCHEMA "größe_日本語";
CREATE SCHEMA "%s%n$1{{x}}";

CREATE TABLE "Sales Dept"."Order ""Items""" (
    "Item ""No""" integer PRIMARY KEY,
    "größe
in cm" text,
    "tab	here" text DEFAULT 'tab	there',
    "back\slash" text DEFAULT 'back\slash',
    "it's" text DEFAULT 'it''s',
    "50%" integer,
    "CASE" text,
    "case" text,
    "Case" text,
    "a.b" integer,
    "a,b" integer,
    "a -> b" integer,
    "a:b" integer,
    "# no comment" integer,
    "- item" integer,
    "null" integer,
    "true" boolean,
    "*" integer,
    "?" integer,
    "(x)" integer,
    " lead and trail " integer,
    "$1" integer,
    "--" integer,
    "/*" integer,
    ";" integer,
    "😀" text,
    U&"\00E9" text, -- one code point
    U&"e\0301" text, -- two
    ctid_ integer,
    "user" name DEFAULT current_user,
    "current_date" date
);
INSERT INTO "Sales Dept"."Order ""Items""" ("Item ""No""", "größe
in cm", "CASE", "case", "Case", "a -> b", "true", "😀", "current_date")
SELECT n, E'line\nline\ttab\\N', 'A', 'a', E'\\N', n, n % 2 = 0, '😀', DATE '2020-01-01' + n FROM generate_series(1, 50) n;
COMMENT ON TABLE "Sales Dept"."Order ""Items""" IS E'first line\nsecond ''line''; -- no end\\.';
COMMENT ON COLUMN "Sales Dept"."Order ""Items"""."größe
in cm" IS '\.';

CREATE TABLE "select"."table" ("from" integer PRIMARY KEY, "where" text UNIQUE, "order" integer GENERATED ALWAYS AS ("from" + 1) STORED);
INSERT INTO "select"."table" SELECT n, 'w' || n FROM generate_series(1, 20) n;
CREATE TABLE "select"."user" ("group" integer REFERENCES "select"."table" ("from"), "grant" serial);
INSERT INTO "select"."user" SELECT n FROM generate_series(1, 20) n;
CREATE INDEX "where" ON "select"."user" ("group");

CREATE TABLE "a.b"."c.d" ("e.f" integer PRIMARY KEY);
INSERT INTO "a.b"."c.d" VALUES (1), (2);
CREATE TABLE "größe_日本語"."表" ("列" text, PRIMARY KEY ("列"));
INSERT INTO "größe_日本語"."表" VALUES ('行'), ('');
CREATE TABLE "%s%n$1{{x}}"."%d" ("%v" text DEFAULT '%[1]s', "{{y}}" integer);
INSERT INTO "%s%n$1{{x}}"."%d" DEFAULT VALUES;

-- The longest names, in ASCII and in characters of two and three bytes.
CREATE TABLE public.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx (
    yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy serial PRIMARY KEY,
    yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyz integer UNIQUE CHECK (yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyz > 0)
);
INSERT INTO public.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx (yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyz)
SELECT n FROM generate_series(1, 20) n;
CREATE TABLE public."äääääääääääääääääääääääääääääää" ("漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢漢" text UNIQUE);
INSERT INTO public."äääääääääääääääääääääääääääääää" VALUES ('x'), (NULL), (NULL);

-- One name for many things.
CREATE SCHEMA twin;
CREATE TABLE twin.twin (twin integer CONSTRAINT twin CHECK (twin > 0), id serial);
CREATE INDEX twin_twin ON twin.twin (twin);
CREATE FUNCTION twin.twin(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION twin.twin(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
INSERT INTO twin.twin SELECT n FROM generate_series(1, 10) n;

-- Names of the tools' own and of the catalog.
CREATE TABLE public.pg_class (oid integer, relname text);
INSERT INTO public.pg_class VALUES (1, 'mine');
CREATE TABLE public.ctid (xmin_ integer, t text, "row" text);
INSERT INTO public.ctid VALUES (1, 't', 'row');
CREATE TABLE public.text (text text, int4 integer);
INSERT INTO public.text VALUES ('text', 4);
CREATE TYPE public.int4 AS ENUM ('not', 'a', 'number');
CREATE TABLE public.shadow (a public.int4, b integer);
INSERT INTO public.shadow VALUES ('a', 1), ('number', 2);
CREATE FUNCTION public.count(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 42';
