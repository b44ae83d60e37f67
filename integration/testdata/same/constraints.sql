-- Keys and constraints, kept, deferred and broken.
CREATE EXTENSION btree_gist;
CREATE TABLE chicken (id integer PRIMARY KEY, egg integer);
CREATE TABLE egg (id integer PRIMARY KEY, chicken integer REFERENCES chicken DEFERRABLE INITIALLY DEFERRED);
INSERT INTO chicken SELECT n, n FROM generate_series(1, 50) n;
INSERT INTO egg SELECT n, 51 - n FROM generate_series(1, 50) n;
ALTER TABLE chicken ADD CONSTRAINT from_egg FOREIGN KEY (egg) REFERENCES egg ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE;
COMMENT ON CONSTRAINT from_egg ON chicken IS 'which came first';
CREATE TABLE a (id integer PRIMARY KEY, c integer);
CREATE TABLE b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES a);
CREATE TABLE c (id integer PRIMARY KEY, b integer NOT NULL REFERENCES b);
INSERT INTO a VALUES (1, 1), (2, NULL);
INSERT INTO b VALUES (1, 1), (2, 2);
INSERT INTO c VALUES (1, 1), (2, 2);
ALTER TABLE a ADD FOREIGN KEY (c) REFERENCES c;
CREATE TABLE staff (id integer PRIMARY KEY, boss integer REFERENCES staff ON DELETE SET DEFAULT DEFAULT 1, UNIQUE (boss, id));
INSERT INTO staff SELECT n, greatest(n / 2, 1) FROM generate_series(1, 100) n;
CREATE TABLE line (order_id integer, no integer, PRIMARY KEY (order_id, no));
CREATE TABLE delivery (id integer, o integer, n integer, FOREIGN KEY (n, o) REFERENCES line (no, order_id) MATCH FULL, UNIQUE (o, n, id) DEFERRABLE);
INSERT INTO line SELECT n / 3, n % 3 FROM generate_series(0, 99) n;
INSERT INTO delivery SELECT no, order_id, no FROM line;
INSERT INTO delivery VALUES (1, NULL, NULL), (1, NULL, NULL);
CREATE TABLE by_index (x integer, y text);
CREATE UNIQUE INDEX by_index_key ON by_index (y, x);
INSERT INTO by_index SELECT n, 'y' || n FROM generate_series(1, 20) n;
CREATE TABLE to_index (x integer, y text, CONSTRAINT by_index_fk FOREIGN KEY (x, y) REFERENCES by_index (x, y) ON UPDATE SET NULL);
INSERT INTO to_index SELECT x, y FROM by_index;

-- Rows that break constraints which were never validated.
CREATE TABLE broken (id integer, parent integer, x integer);
INSERT INTO broken VALUES (1, 999, -5), (2, NULL, 5);
ALTER TABLE broken ADD CONSTRAINT positive CHECK (x > 0) NOT VALID;
ALTER TABLE broken ADD CONSTRAINT has_parent FOREIGN KEY (parent) REFERENCES staff NOT VALID;
ALTER TABLE broken ADD CONSTRAINT fine CHECK (id > 0) NOT VALID;
ALTER TABLE broken VALIDATE CONSTRAINT fine;
CREATE FUNCTION allowed(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE TABLE with_function (id integer CHECK (allowed(id)));
INSERT INTO with_function SELECT n FROM generate_series(1, 10) n;

CREATE TABLE bookings (id integer, room integer, during tstzrange,
    CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (room > 0) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO bookings SELECT n, n % 10, tstzrange(TIMESTAMPTZ '2024-01-01 00:00+00' + n * INTERVAL '1 hour', TIMESTAMPTZ '2024-01-01 00:00+00' + (n + 1) * INTERVAL '1 hour') FROM generate_series(0, 99) n;
CREATE TABLE include_ (id integer, v text, w text, PRIMARY KEY (id) INCLUDE (v), UNIQUE (w) INCLUDE (v, id));
INSERT INTO include_ SELECT n, 'v', 'w' || n FROM generate_series(1, 20) n;
CREATE TABLE nulls (a integer UNIQUE, b integer NOT NULL);
INSERT INTO nulls VALUES (NULL, 1), (NULL, 2), (1, 3);
CREATE TABLE many_checks (a integer CHECK (a > 0), b integer, CONSTRAINT "Odd ""Name""" CHECK (a < b), CHECK (b IS NOT NULL) NO INHERIT);
INSERT INTO many_checks VALUES (1, 2);
CREATE FUNCTION check_late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''must not fire while loading''; END';
CREATE TABLE watched (id integer PRIMARY KEY, v text);
INSERT INTO watched SELECT n, 'v' FROM generate_series(1, 10) n;
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON watched DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION check_late();
