-- What came with PostgreSQL 18.

-- Virtual generated columns: first, between and last; over nothing but constants; on
-- partitions and children that see them differently.
CREATE TABLE priced (
	total numeric GENERATED ALWAYS AS (price * amount) VIRTUAL,
	id integer PRIMARY KEY,
	price numeric(10, 2),
	label text GENERATED ALWAYS AS ('no. ' || id::text) STORED,
	amount integer NOT NULL,
	two integer GENERATED ALWAYS AS (2) VIRTUAL,
	CONSTRAINT bounded CHECK (total < 1000),
	CONSTRAINT present NOT NULL total);
INSERT INTO priced (id, price, amount) SELECT i, i * 1.5, i % 4 FROM generate_series(1, 50) i;
CREATE TABLE by_day (day integer, a integer, b integer GENERATED ALWAYS AS (a + 1) VIRTUAL) PARTITION BY LIST (day);
CREATE TABLE by_day_1 PARTITION OF by_day (b GENERATED ALWAYS AS (a + 2) VIRTUAL) FOR VALUES IN (1);
CREATE TABLE by_day_rest PARTITION OF by_day DEFAULT;
INSERT INTO by_day SELECT i % 2, i FROM generate_series(1, 10) i;
CREATE TABLE base (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL);
CREATE TABLE derived (c integer, b integer GENERATED ALWAYS AS (a * 3) VIRTUAL) INHERITS (base);
INSERT INTO base VALUES (1); INSERT INTO derived (a, c) VALUES (2, 3);
CREATE TABLE all_virtual (a integer GENERATED ALWAYS AS (1) VIRTUAL);
INSERT INTO all_virtual DEFAULT VALUES; INSERT INTO all_virtual DEFAULT VALUES;
CREATE VIEW totals AS SELECT id, total FROM priced WHERE total > 5;

-- NOT NULL as an object: named, inherited under another name, not inherited, not yet valid.
CREATE TABLE named (a integer CONSTRAINT must NOT NULL, b integer NOT NULL NO INHERIT, c integer, CONSTRAINT c_there NOT NULL c);
CREATE TABLE named_child (d integer, CONSTRAINT child_must NOT NULL a) INHERITS (named);
INSERT INTO named VALUES (1, 2, 3); INSERT INTO named_child VALUES (4, NULL, 5, 6);
COMMENT ON CONSTRAINT must ON named IS 'because';
CREATE TABLE late (a integer, b integer);
INSERT INTO late VALUES (1, NULL), (2, 2);
ALTER TABLE late ADD CONSTRAINT later NOT NULL b NOT VALID;

-- Constraints that nobody checks, over rows that break them.
CREATE TABLE trusting (a integer REFERENCES priced NOT ENFORCED, b integer, CONSTRAINT positive CHECK (b > 0) NOT ENFORCED);
INSERT INTO trusting VALUES (4711, -1), (1, 1), (NULL, NULL);
CREATE TABLE trusting_tree (a integer, CONSTRAINT odd CHECK (a % 2 = 1) NOT ENFORCED) PARTITION BY LIST (a);
CREATE TABLE trusting_leaf PARTITION OF trusting_tree FOR VALUES IN (2);
INSERT INTO trusting_tree VALUES (2);
CREATE TABLE to_tree (id integer) PARTITION BY LIST (id);
CREATE TABLE to_tree_leaf PARTITION OF to_tree DEFAULT;
INSERT INTO to_tree VALUES (99);
ALTER TABLE to_tree ADD CONSTRAINT late_reference FOREIGN KEY (id) REFERENCES priced NOT VALID;

-- Temporal keys.
CREATE EXTENSION btree_gist;
CREATE TABLE rooms (id integer, during daterange, name text, PRIMARY KEY (id, during WITHOUT OVERLAPS), UNIQUE (name, during WITHOUT OVERLAPS));
INSERT INTO rooms VALUES (1, '[2020-01-01,2021-01-01)', 'red'), (1, '[2021-01-01,2022-01-01)', 'blue'), (2, '[2020-01-01,)', 'blue or green');
CREATE TABLE bookings (id integer PRIMARY KEY, room integer, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during));
INSERT INTO bookings VALUES (1, 1, '[2020-06-01,2021-06-01)'), (2, 2, '[2024-01-01,2025-01-01)'), (3, NULL, '[2024-01-01,2025-01-01)'), (4, 1, '[2021-02-01,2021-03-01)');
CREATE TABLE spans (id int4range, at tstzmultirange, PRIMARY KEY (id, at WITHOUT OVERLAPS)) PARTITION BY LIST (id);
CREATE TABLE spans_1 PARTITION OF spans DEFAULT;
INSERT INTO spans VALUES ('[1,2)', '{[2020-01-01,2021-01-01)}'), ('[1,2)', '{[2022-01-01,2023-01-01)}');

-- Defaults, functions and collations.
CREATE TABLE modern (id uuid PRIMARY KEY DEFAULT uuidv7(), name text COLLATE pg_unicode_fast, folded text GENERATED ALWAYS AS (casefold(name COLLATE pg_unicode_fast)) STORED);
INSERT INTO modern (id, name) VALUES ('01900000-0000-7000-8000-000000000001', 'Straße'), ('01900000-0000-7000-8000-000000000002', 'ΣΊΣΥΦΟΣ');
CREATE UNIQUE INDEX modern_folded ON modern (casefold(name));
CREATE FUNCTION changes() RETURNS void LANGUAGE sql BEGIN ATOMIC
	UPDATE priced SET amount = amount RETURNING old.amount, new.amount;
END;
