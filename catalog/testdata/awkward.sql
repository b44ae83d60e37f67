-- A schema of everything that a catalog reader trips over.
CREATE EXTENSION citext WITH SCHEMA public;
CREATE EXTENSION btree_gist WITH SCHEMA public;
CREATE SCHEMA "Sales Dept";
COMMENT ON SCHEMA "Sales Dept" IS 'with a space';

CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE public.mood ADD VALUE 'fine' BEFORE 'happy';
CREATE DOMAIN public.short_text AS varchar(20) COLLATE "C" DEFAULT 'x' NOT NULL CONSTRAINT short_text_filled CHECK (value <> '');
CREATE DOMAIN public.shorter AS public.short_text CHECK (length(value) < 10);
CREATE DOMAIN public.tags AS text[] CHECK (cardinality(value) < 5);
CREATE TYPE public.point3 AS (x float8, y float8, label varchar(7));
CREATE TYPE public.segment AS (a public.point3, b public.point3[]);
CREATE TYPE public.float_range AS RANGE (subtype = float8);
CREATE TYPE public.handles AS (who regrole, note text);
CREATE COLLATION public.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE TABLE public.kinds (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5) PRIMARY KEY,
    serial_id serial,
    m public.mood DEFAULT 'ok',
    s public.short_text,
    s2 public.shorter,
    t public.tags,
    seg public.segment,
    segs public.segment[],
    fr public.float_range,
    fmr public.float_multirange,
    mail public.citext UNIQUE,
    blind text COLLATE public.blind,
    c char(4),
    v varchar(30) DEFAULT 'it''s',
    n numeric(10,2),
    doubled numeric GENERATED ALWAYS AS (n * 2) STORED,
    j jsonb,
    ro regrole,
    hd public.handles,
    av int2vector,
    CONSTRAINT kinds_n_positive CHECK (n >= 0)
);
COMMENT ON TABLE public.kinds IS 'table comment';
COMMENT ON COLUMN public.kinds.mail IS 'column comment';
COMMENT ON CONSTRAINT kinds_n_positive ON public.kinds IS 'check comment';
ALTER TABLE public.kinds ADD COLUMN gone text;
ALTER TABLE public.kinds DROP COLUMN gone;
ALTER TABLE public.kinds ADD COLUMN after_gone integer NOT NULL DEFAULT 7;
CREATE UNIQUE INDEX kinds_lower ON public.kinds (lower(v), m) INCLUDE (c) WHERE n > 1;
CREATE UNIQUE INDEX kinds_blind ON public.kinds (blind);
COMMENT ON INDEX public.kinds_lower IS 'index comment';

-- A table's row type as a column of another.
CREATE TABLE public.tree (id integer PRIMARY KEY, parent integer REFERENCES public.tree, name text);
CREATE TABLE public.forest (first public.tree, trees public.tree[]);

CREATE TABLE "Sales Dept"."Order Items" (
    "Item ""No""" integer NOT NULL,
    "größe
in cm" text,
    "50%" integer,
    "CASE" text,
    "case" text,
    PRIMARY KEY ("Item ""No""")
);
CREATE TABLE public."order" ("select" text);
CREATE TABLE public.nothing ();

-- Types without a binary form, inside others.
CREATE DOMAIN public.acl AS aclitem;
CREATE TYPE public.acl_note AS (a aclitem[], note text);
CREATE TABLE public.acls_1 (a public.acl);
CREATE TABLE public.acls_2 (a aclitem[]);
CREATE TABLE public.acls_3 (a public.acl_note[]);
CREATE TABLE public.regs (a regclass[]);
CREATE UNLOGGED TABLE public.scratch (id integer, note text);
CREATE TABLE public.typed OF public.point3 (PRIMARY KEY (label));

-- Partitions of partitions, a default, hash, and a leaf with another column order.
CREATE TABLE public.events (id bigint, at timestamptz NOT NULL, region text, body jsonb, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY HASH (id);
CREATE TABLE public.events_2024_0 PARTITION OF public.events_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.events_2024_1 PARTITION OF public.events_2024 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE public.events_other PARTITION OF public.events DEFAULT;
CREATE TABLE public.events_2023 (body jsonb, region text, dropped text, id bigint NOT NULL, at timestamptz NOT NULL);
ALTER TABLE public.events_2023 DROP COLUMN dropped;
ALTER TABLE public.events ATTACH PARTITION public.events_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE INDEX events_region ON public.events (region, ((body ->> 'k')));
CREATE TABLE public.listed (code text, n integer) PARTITION BY LIST ((lower(code)));
CREATE TABLE public.listed_ab PARTITION OF public.listed FOR VALUES IN ('a', 'b', NULL);
CREATE TABLE public.event_notes (
    event_id bigint, event_at timestamptz, note text,
    FOREIGN KEY (event_id, event_at) REFERENCES public.events (id, at) ON DELETE CASCADE
);

CREATE TABLE public.animals (id serial PRIMARY KEY, name text NOT NULL, CONSTRAINT named CHECK (name <> '') NO INHERIT);
CREATE TABLE public.cats (lives integer DEFAULT 9, CHECK (lives < 10)) INHERITS (public.animals);

-- Circular and deferrable foreign keys.
CREATE TABLE public.chicken (id integer PRIMARY KEY, egg integer);
CREATE TABLE public.egg (id integer PRIMARY KEY, chicken integer REFERENCES public.chicken DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE public.chicken ADD CONSTRAINT from_egg FOREIGN KEY (egg) REFERENCES public.egg ON UPDATE CASCADE ON DELETE SET NULL;
COMMENT ON CONSTRAINT from_egg ON public.chicken IS 'which came first';
CREATE TABLE public.matched (a integer, b integer, UNIQUE (a, b) DEFERRABLE);
CREATE TABLE public.matching (x integer, y integer);
ALTER TABLE public.matching ADD CONSTRAINT strangers CHECK (x > 100) NOT VALID;
CREATE UNIQUE INDEX matched_key ON public.matched (b, a);
ALTER TABLE public.matching ADD CONSTRAINT full_match FOREIGN KEY (x, y) REFERENCES public.matched (b, a) MATCH FULL NOT VALID;

CREATE TABLE public.bookings (
    room integer, during tstzrange,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0)
);

CREATE SEQUENCE public.shared_ids AS integer MINVALUE -10 MAXVALUE 1000 START 5 INCREMENT 3 CACHE 2 CYCLE;
CREATE TABLE public.uses_shared (id integer DEFAULT nextval('public.shared_ids'));
CREATE SEQUENCE public.downwards INCREMENT -1;

CREATE VIEW public.happy AS SELECT id, mail FROM public.kinds WHERE m = 'happy';
CREATE MATERIALIZED VIEW public.happy_count AS SELECT count(*) AS n FROM public.happy;
CREATE MATERIALIZED VIEW public.happy_twice AS SELECT n * 2 AS n FROM public.happy_count WITH NO DATA;
CREATE INDEX happy_count_n ON public.happy_count (n);

CREATE FUNCTION public.is_even(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 2 = 0';
CREATE TABLE public.guarded (id integer, owner name, CONSTRAINT even CHECK (public.is_even(id)));
ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.guarded FORCE ROW LEVEL SECURITY;

CREATE FOREIGN DATA WRAPPER dummy;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy;
CREATE FOREIGN TABLE public.far (id integer) SERVER elsewhere;
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
CREATE PUBLICATION changes FOR TABLE public.kinds;
SELECT pg_catalog.lo_create(0), pg_catalog.lo_create(0);
