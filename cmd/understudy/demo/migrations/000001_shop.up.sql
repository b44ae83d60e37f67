-- A small shop as a team would run it: customers with personal data, orders,
-- items, events partitioned by month, documents, and login sessions.
CREATE SCHEMA shop;

CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE DOMAIN shop.email_address AS text CHECK (VALUE ~ '^[^@]+@[^@]+\.[a-z]+$');

CREATE TABLE shop.customers (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         shop.email_address NOT NULL,
    full_name     text NOT NULL,
    phone         varchar(20),
    birth_date    date CHECK (birth_date > DATE '1900-01-01'),
    password_hash text NOT NULL,
    notes         text,
    settings      jsonb NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX customers_email_key ON shop.customers (lower(email));
COMMENT ON COLUMN shop.customers.settings IS 'theme, locale, and the address that newsletters go to';

CREATE TABLE shop.addresses (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers ON DELETE CASCADE,
    street      text NOT NULL,
    postal_code varchar(10) NOT NULL,
    city        text NOT NULL,
    country     char(2) NOT NULL
);
CREATE INDEX ON shop.addresses (customer_id);

CREATE TABLE shop.products (
    id    integer PRIMARY KEY,
    sku   text NOT NULL UNIQUE,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price > 0)
);

CREATE TABLE shop.orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    status      shop.order_status NOT NULL,
    client_ip   inet,
    ordered_at  timestamptz NOT NULL,
    total       numeric(12, 2) NOT NULL DEFAULT 0
);
CREATE INDEX ON shop.orders (customer_id, ordered_at);

CREATE TABLE shop.items (
    order_id   bigint NOT NULL REFERENCES shop.orders ON DELETE CASCADE,
    line       smallint NOT NULL,
    product_id integer NOT NULL REFERENCES shop.products,
    quantity   smallint NOT NULL CHECK (quantity > 0),
    price      numeric(10, 2) NOT NULL,
    amount     numeric(12, 2) GENERATED ALWAYS AS (quantity * price) STORED,
    PRIMARY KEY (order_id, line)
);

CREATE TABLE shop.events (
    id          bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    customer_id bigint REFERENCES shop.customers,
    kind        text NOT NULL,
    payload     jsonb NOT NULL,
    PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);
CREATE TABLE shop.events_2026_01 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE shop.events_2026_02 PARTITION OF shop.events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE shop.events_2026_03 PARTITION OF shop.events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CREATE INDEX ON shop.events USING gin (payload);

CREATE TABLE shop.documents (
    id          uuid PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    title       text NOT NULL,
    body        text NOT NULL
);

CREATE TABLE shop.sessions (
    token       text PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES shop.customers,
    expires_at  timestamptz NOT NULL
);

CREATE MATERIALIZED VIEW shop.revenue_by_country AS
    SELECT a.country, count(DISTINCT o.id) AS orders, sum(o.total) AS revenue
    FROM shop.orders o JOIN shop.addresses a USING (customer_id)
    GROUP BY a.country;
