-- A schema with one of everything that a non-superuser may own, and of what
-- is neutralised on the way to staging. {{reader}} and {{writer}} are roles.

CREATE EXTENSION citext;
CREATE SCHEMA ext;
COMMENT ON SCHEMA ext IS 'where extensions live';
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pgcrypto WITH SCHEMA ext;
CREATE EXTENSION pg_trgm WITH SCHEMA ext;
CREATE EXTENSION btree_gist WITH SCHEMA ext;
COMMENT ON EXTENSION hstore IS 'our own words';

CREATE SCHEMA "Odd ""Schema"" %s; --";
COMMENT ON SCHEMA public IS 'not the standard comment';
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO {{reader}};

-- types
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy; DROP', 'it''s');
COMMENT ON TYPE app.mood IS 'feelings';
CREATE TYPE app.pair AS (a integer, b text COLLATE "C");
COMMENT ON COLUMN app.pair.a IS 'first';
CREATE DOMAIN app.positive AS integer DEFAULT 1 CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN app.mail AS citext NOT NULL CHECK (VALUE ~ '@');
COMMENT ON DOMAIN app.positive IS 'more than nothing';
COMMENT ON CONSTRAINT above_zero ON DOMAIN app.positive IS 'strictly';
CREATE TYPE app.span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE DOMAIN app.moods AS app.mood[] CHECK (cardinality(VALUE) < 5);

-- collations
CREATE COLLATION app.plain (provider = libc, locale = 'C');
CREATE COLLATION app.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION app.blind IS 'case does not count';

-- functions
CREATE FUNCTION app.add(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN a + b;
CREATE FUNCTION app.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1 * 2';
CREATE FUNCTION app.late() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
    RETURN (SELECT count(*) FROM app.created_later);
END $$;
CREATE PROCEDURE app.proc(INOUT x integer, VARIADIC y text[]) LANGUAGE plpgsql AS 'BEGIN x := cardinality(y); END';
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
COMMENT ON FUNCTION app.add(integer, integer) IS 'adds; and ''quotes''';
COMMENT ON PROCEDURE app.proc(integer, text[]) IS 'a procedure';
CREATE FUNCTION app.pair_sum(app.pair) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a';
REVOKE ALL ON FUNCTION app.late() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION app.late() TO {{reader}};
GRANT EXECUTE ON PROCEDURE app.proc(integer, text[]) TO {{writer}} WITH GRANT OPTION;

-- aggregates, operators, casts
CREATE AGGREGATE app.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
COMMENT ON AGGREGATE app.total(integer) IS 'a sum';
CREATE OPERATOR app.<+> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = app.add, COMMUTATOR = OPERATOR(app.<+>));
COMMENT ON OPERATOR app.<+> (integer, integer) IS 'plus in angles';
CREATE CAST (app.pair AS integer) WITH FUNCTION app.pair_sum(app.pair) AS ASSIGNMENT;

-- text search
CREATE TEXT SEARCH DICTIONARY app.simple_dict (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION app.cfg (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION app.cfg ALTER MAPPING FOR asciiword WITH app.simple_dict, simple;
COMMENT ON TEXT SEARCH CONFIGURATION app.cfg IS 'config';

-- plain tables
CREATE SEQUENCE app.shared AS smallint INCREMENT -3 MINVALUE -900 MAXVALUE 100 START 7 CACHE 5 CYCLE;
GRANT USAGE ON SEQUENCE app.shared TO {{writer}};
CREATE TABLE app.customers (
    id         bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 2) PRIMARY KEY,
    code       serial,
    email      app.mail,
    mood       app.mood DEFAULT 'ok',
    moods      app.moods,
    place      app.pair,
    name       text COLLATE app.blind,
    attributes ext.hstore,
    body       text,
    words      tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED,
    sum        integer GENERATED ALWAYS AS (app.add(code)) STORED,
    num        smallint DEFAULT nextval('app.shared'),
    dropped    text,
    best       bigint,
    CONSTRAINT code_range CHECK (code > 0 AND code < 100000),
    CONSTRAINT mail_unique UNIQUE (email) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE app.customers DROP COLUMN dropped;
ALTER TABLE app.customers ADD CONSTRAINT late_check CHECK (num < 1000) NOT VALID;
ALTER TABLE app.customers ADD CONSTRAINT never CHECK (code <> 13) NO INHERIT;
ALTER TABLE app.customers ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN body SET STATISTICS 300;
ALTER TABLE app.customers ALTER COLUMN code SET (n_distinct = -0.5);
ALTER TABLE app.customers SET (fillfactor = 70, autovacuum_enabled = false);
COMMENT ON TABLE app.customers IS 'people; "quoted" and ''apostrophes'' \backslash';
COMMENT ON COLUMN app.customers.email IS 'where they read';
COMMENT ON CONSTRAINT code_range ON app.customers IS 'in range';
GRANT SELECT ON app.customers TO {{reader}};
GRANT INSERT, UPDATE (mood, body) ON app.customers TO {{writer}};
GRANT REFERENCES (id) ON app.customers TO {{writer}} WITH GRANT OPTION;

CREATE TABLE app.created_later (n numeric(12,3) DEFAULT 0, t timestamptz(3) DEFAULT now());
CREATE UNLOGGED TABLE app.scratch (k text PRIMARY KEY, v bytea);
CREATE TABLE app.nothing ();
CREATE TABLE app.typed OF app.pair (a WITH OPTIONS PRIMARY KEY);

-- circular foreign keys, composite and self references
CREATE TABLE app.orders (
    id       integer,
    shop     integer,
    customer bigint REFERENCES app.customers ON DELETE CASCADE ON UPDATE SET NULL,
    parent_id integer, parent_shop integer,
    price    numeric,
    period   tstzrange,
    room     integer,
    PRIMARY KEY (id, shop) INCLUDE (price),
    FOREIGN KEY (parent_id, parent_shop) REFERENCES app.orders (id, shop) MATCH FULL DEFERRABLE,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, period WITH &&) WHERE (room IS NOT NULL)
);
ALTER TABLE app.customers ADD CONSTRAINT best_order FOREIGN KEY (best, code) REFERENCES app.orders (id, shop) NOT VALID;
COMMENT ON CONSTRAINT best_order ON app.customers IS 'circular';

-- indexes
CREATE UNIQUE INDEX customers_lower ON app.customers (lower(body)) WHERE body IS NOT NULL;
CREATE INDEX customers_trgm ON app.customers USING gin (name ext.gin_trgm_ops);
CREATE INDEX customers_words ON app.customers USING gin (words) WITH (fastupdate = off);
CREATE INDEX customers_brin ON app.customers USING brin (id) WITH (pages_per_range = 8);
CREATE INDEX customers_hash ON app.customers USING hash (mood);
CREATE INDEX customers_expr ON app.customers ((code + 1), app.twice(code) DESC NULLS LAST);
ALTER INDEX app.customers_expr ALTER COLUMN 1 SET STATISTICS 500;
COMMENT ON INDEX app.customers_brin IS 'small';
ALTER TABLE app.customers CLUSTER ON customers_pkey;
ALTER TABLE app.orders REPLICA IDENTITY USING INDEX orders_pkey;
CREATE STATISTICS app.related (dependencies, mcv) ON mood, code FROM app.customers;
CREATE STATISTICS app.of_expression ON (code * 2), id FROM app.customers;
ALTER STATISTICS app.related SET STATISTICS 77;
COMMENT ON STATISTICS app.related IS 'they belong together';

-- partitions: several levels, keys from and to, indexes on the root
CREATE TABLE app.events (
    id    bigint NOT NULL,
    day   date NOT NULL,
    kind  text NOT NULL,
    cust  bigint REFERENCES app.customers,
    data  jsonb DEFAULT '{}',
    PRIMARY KEY (id, day, kind)
) PARTITION BY RANGE (day);
CREATE INDEX events_cust ON app.events (cust, day);
CREATE TABLE app.events_2023 PARTITION OF app.events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01') PARTITION BY LIST (kind);
CREATE TABLE app.events_2023_a PARTITION OF app.events_2023 FOR VALUES IN ('a', 'it''s', NULL);
CREATE TABLE app.events_2023_rest (data jsonb DEFAULT '{"x": 1}', kind text NOT NULL, id bigint NOT NULL, day date NOT NULL, cust bigint, gone integer);
ALTER TABLE app.events_2023_rest DROP COLUMN gone;
ALTER TABLE app.events_2023 ATTACH PARTITION app.events_2023_rest DEFAULT;
CREATE TABLE app.events_hash PARTITION OF app.events DEFAULT PARTITION BY HASH (id);
CREATE TABLE app.events_hash_0 PARTITION OF app.events_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.events_hash_1 PARTITION OF app.events_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX events_2023_a_own ON app.events_2023_a (data);
ALTER TABLE app.events_2023_a ADD CONSTRAINT leaf_check CHECK (id > 0);
CREATE INDEX events_lonely ON ONLY app.events (kind);
CREATE TABLE app.reactions (
    event bigint, day date, kind text,
    FOREIGN KEY (event, day, kind) REFERENCES app.events
);
CREATE TABLE app.reactions_log (LIKE app.reactions INCLUDING ALL, PRIMARY KEY (event, day), FOREIGN KEY (event, day, kind) REFERENCES app.events ON DELETE CASCADE) PARTITION BY HASH (event);
CREATE TABLE app.reactions_log_0 PARTITION OF app.reactions_log FOR VALUES WITH (MODULUS 1, REMAINDER 0);

-- inheritance
CREATE TABLE app.animal (name text NOT NULL, legs integer DEFAULT 4 CHECK (legs >= 0));
CREATE TABLE app.dog (breed text, CONSTRAINT legs CHECK (legs < 5)) INHERITS (app.animal);
ALTER TABLE app.dog ALTER COLUMN legs SET DEFAULT 3;

-- views: column renames, dependency on a primary key, checks, cycles through functions
CREATE VIEW app.v_customers WITH (security_barrier) AS SELECT id, email, mood FROM app.customers WHERE mood <> 'sad' WITH LOCAL CHECK OPTION;
ALTER VIEW app.v_customers RENAME COLUMN mood TO feeling;
ALTER VIEW app.v_customers ALTER COLUMN feeling SET DEFAULT 'ok';
CREATE VIEW app.v_grouped AS SELECT c.id, c.email, c.body, count(o.id) AS orders FROM app.customers c LEFT JOIN app.orders o ON o.customer = c.id GROUP BY c.id;
CREATE VIEW app.v_on_grouped AS SELECT id, orders FROM app.v_grouped;
CREATE RECURSIVE VIEW app.v_numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v_numbers WHERE n < 10;
COMMENT ON VIEW app.v_grouped IS 'needs the primary key';
COMMENT ON COLUMN app.v_grouped.orders IS 'how many';
GRANT SELECT ON app.v_grouped TO {{reader}};

-- materialized views in chains, one of them never filled
CREATE MATERIALIZED VIEW app.m_third AS SELECT 1 AS one WITH NO DATA;
CREATE MATERIALIZED VIEW app.m_first AS SELECT id, orders FROM app.v_on_grouped;
CREATE UNIQUE INDEX m_first_id ON app.m_first (id);
CREATE MATERIALIZED VIEW app.a_second AS SELECT sum(orders) AS total FROM app.m_first;
CREATE VIEW app.v_second AS SELECT total FROM app.a_second;
CREATE MATERIALIZED VIEW app.a_fourth AS SELECT total, app.late() AS later FROM app.v_second;
CREATE MATERIALIZED VIEW app.m_grouped AS SELECT c.id, c.email, c.body FROM app.customers c GROUP BY c.id;
COMMENT ON MATERIALIZED VIEW app.m_first IS 'first of the chain';

-- triggers in every state
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE OF body ON app.customers FOR EACH ROW WHEN (NEW.code > 5) EXECUTE FUNCTION app.stamp();
CREATE TRIGGER disabled AFTER DELETE ON app.customers FOR EACH STATEMENT EXECUTE FUNCTION app.stamp();
CREATE TRIGGER replica_only AFTER INSERT ON app.customers REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION app.stamp();
CREATE TRIGGER always BEFORE DELETE ON app.customers FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON app.customers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.stamp();
ALTER TABLE app.customers DISABLE TRIGGER disabled;
ALTER TABLE app.customers ENABLE REPLICA TRIGGER replica_only;
ALTER TABLE app.customers ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER on_root AFTER INSERT ON app.events FOR EACH ROW EXECUTE FUNCTION app.stamp();
ALTER TABLE app.events_2023_a DISABLE TRIGGER on_root;
CREATE TRIGGER instead INSTEAD OF INSERT ON app.v_grouped FOR EACH ROW EXECUTE FUNCTION app.stamp();
COMMENT ON TRIGGER stamp ON app.customers IS 'stamps';

-- rules
CREATE RULE nothing AS ON DELETE TO app.created_later WHERE OLD.n > 5 DO INSTEAD NOTHING;
CREATE RULE into_table AS ON INSERT TO app.v_second DO INSTEAD INSERT INTO app.created_later VALUES (NEW.total);
ALTER TABLE app.created_later DISABLE RULE nothing;
COMMENT ON RULE nothing ON app.created_later IS 'rules';

-- row security
ALTER TABLE app.customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON app.customers USING (mood <> 'sad');
CREATE POLICY reading ON app.customers AS RESTRICTIVE FOR SELECT TO {{reader}}, {{writer}} USING (code > 0);
CREATE POLICY "Odd policy" ON app.orders FOR INSERT TO {{writer}} WITH CHECK (price > 0 AND EXISTS (SELECT 1 FROM app.customers c WHERE c.id = customer));
COMMENT ON POLICY everyone ON app.customers IS 'all of them';

-- odd names
CREATE TABLE "Odd ""Schema"" %s; --"."Order Items" ("select" integer PRIMARY KEY, "a
b" text DEFAULT E'x\ny', "Ünïcode ✓" text, "%s" text CHECK ("%s" <> ''));
CREATE INDEX "an index; DROP TABLE x" ON "Odd ""Schema"" %s; --"."Order Items" ("Ünïcode ✓");
CREATE VIEW "Odd ""Schema"" %s; --"."View" AS SELECT "a
b" AS "x""y" FROM "Odd ""Schema"" %s; --"."Order Items";
CREATE FUNCTION "Odd ""Schema"" %s; --"."F(x)"("Arg" "Odd ""Schema"" %s; --"."Order Items") RETURNS text LANGUAGE sql AS 'SELECT $1."%s"';
GRANT SELECT ("a
b") ON "Odd ""Schema"" %s; --"."Order Items" TO {{reader}};

-- default privileges
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {{reader}};
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON SEQUENCES TO {{writer}};
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- what must not act from staging
CREATE PUBLICATION pub FOR TABLE app.customers, app.orders;
CREATE FUNCTION app.ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.ddl();
COMMENT ON EVENT TRIGGER watch IS 'watches';
CREATE SUBSCRIPTION sub CONNECTION 'host=production.invalid dbname=x' PUBLICATION pub WITH (connect = false);
ALTER SUBSCRIPTION sub SET (slot_name = NONE);
CREATE EXTENSION postgres_fdw WITH SCHEMA ext;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'production.invalid');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'u', password 'not-for-staging');
CREATE FOREIGN TABLE app.remote (id integer) SERVER elsewhere OPTIONS (table_name 'x');
COMMENT ON FOREIGN TABLE app.remote IS 'far away';
COMMENT ON SERVER elsewhere IS 'the server';

-- some rows, so that filled materialized views differ from empty ones
INSERT INTO app.customers (email, body, num) SELECT 'c' || i || '@example.com', 'body ' || i, i FROM generate_series(1, 12) i;
INSERT INTO app.orders (id, shop, customer, price) SELECT i, 1, 100 + 2 * (i % 12), i FROM generate_series(1, 60) i;
INSERT INTO app.events (id, day, kind, cust) SELECT i, date '2023-12-20' + i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 100 FROM generate_series(1, 30) i;
REFRESH MATERIALIZED VIEW app.m_first;
REFRESH MATERIALIZED VIEW app.a_second;
REFRESH MATERIALIZED VIEW app.a_fourth;
REFRESH MATERIALIZED VIEW app.m_grouped;
