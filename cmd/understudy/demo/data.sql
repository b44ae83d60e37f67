-- About 200,000 rows. Names and places are put together by arithmetic, so that
-- two runs of the demo show the same people.
SET TimeZone = 'UTC';

CREATE FUNCTION pg_temp.pick(choices text[], n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    'SELECT choices[1 + (n * 2654435761 % 4294967296 / 65536)::int % array_length(choices, 1)]';

INSERT INTO shop.customers (email, full_name, phone, birth_date, password_hash, notes, settings, created_at)
SELECT lower(f) || '.' || lower(l) || n || '@' || pg_temp.pick(ARRAY['gmail.com', 'outlook.com', 'web.de', 'orange.fr', 'acme.io'], n * 13),
       f || ' ' || l,
       '+4915' || lpad((n * 7919 % 100000000)::text, 8, '0'),
       DATE '1940-01-01' + (n * 104729 % 24000)::int,
       '$2a$10$' || substr(md5(n::text) || md5((n + 1)::text), 1, 53),
       CASE WHEN n % 3 = 0 THEN f || ' called about order ' || n * 3 || ', call back at 0151 ' || n * 7919 % 10000000 END,
       jsonb_build_object('theme', pg_temp.pick(ARRAY['light', 'dark'], n), 'locale', pg_temp.pick(ARRAY['de', 'en', 'fr'], n * 3),
                          'newsletter', jsonb_build_object('email', lower(f) || n || '@gmail.com', 'weekly', n % 2 = 0)),
       TIMESTAMPTZ '2024-01-01' + n * INTERVAL '73 minutes'
FROM (SELECT n,
             pg_temp.pick(ARRAY['Anna', 'Bernd', 'Claire', 'Dmitri', 'Elena', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Karla', 'Luc', 'Mara', 'Nils', 'Olga', 'Paul'], n) AS f,
             pg_temp.pick(ARRAY['Becker', 'Costa', 'Durand', 'Evans', 'Fischer', 'Garcia', 'Hansen', 'Ivanova', 'Jansen', 'Kowalski', 'Lehmann', 'Moreau', 'Novak', 'Olsen', 'Peters', 'Quandt', 'Rossi'], n * 31) AS l
      FROM generate_series(1, 12000::bigint) n) people;

INSERT INTO shop.addresses (customer_id, street, postal_code, city, country)
SELECT n, pg_temp.pick(ARRAY['Lindenstraße', 'Hauptstraße', 'Rue de la Paix', 'High Street', 'Via Roma'], n * 5) || ' ' || 1 + n % 180,
       lpad((n * 611953 % 100000)::text, 5, '0'), pg_temp.pick(ARRAY['Berlin', 'Lyon', 'Leeds', 'Torino', 'Köln', 'Gdańsk'], n * 11),
       pg_temp.pick(ARRAY['DE', 'FR', 'GB', 'IT', 'PL'], n * 11)
FROM generate_series(1, 12000::bigint) n;

INSERT INTO shop.products (id, sku, title, price)
SELECT n, 'SKU-' || lpad(n::text, 6, '0'), pg_temp.pick(ARRAY['Lamp', 'Chair', 'Desk', 'Shelf', 'Rug'], n) || ' no. ' || n, 5 + n % 400 + 0.99
FROM generate_series(1, 500::bigint) n;

INSERT INTO shop.orders (customer_id, status, client_ip, ordered_at)
SELECT 1 + (n * 7919 % 12000), pg_temp.pick(ARRAY['new', 'paid', 'shipped', 'shipped', 'shipped', 'returned'], n)::shop.order_status,
       ('84.' || n % 200 || '.' || n * 7 % 250 || '.' || n * 13 % 250)::inet, TIMESTAMPTZ '2025-06-01' + n * INTERVAL '11 minutes'
FROM generate_series(1, 36000::bigint) n;

INSERT INTO shop.items (order_id, line, product_id, quantity, price)
SELECT o.id, line, 1 + (o.id * line * 37 % 500), 1 + (o.id + line) % 4, p.price
FROM shop.orders o CROSS JOIN generate_series(1, 2::bigint) line
JOIN shop.products p ON p.id = 1 + (o.id * line * 37 % 500);

UPDATE shop.orders o SET total = s.total FROM (SELECT order_id, sum(amount) AS total FROM shop.items GROUP BY 1) s WHERE s.order_id = o.id;

INSERT INTO shop.events (id, happened_at, customer_id, kind, payload)
SELECT n, TIMESTAMPTZ '2026-01-01' + n * INTERVAL '150 seconds', c.id, pg_temp.pick(ARRAY['login', 'view', 'view', 'search', 'purchase'], n),
       jsonb_build_object('ip', '91.12.' || n % 250 || '.' || n * 3 % 250, 'page', '/p/' || n % 500,
                          'user', jsonb_build_object('name', c.full_name, 'email', c.email))
FROM generate_series(1, 48000::bigint) n JOIN shop.customers c ON c.id = 1 + (n * 17 % 12000);

INSERT INTO shop.documents (id, customer_id, title, body)
SELECT md5('doc' || n)::uuid, c.id, 'Contract ' || n,
       repeat('This contract is made with ' || c.full_name || ', reachable at ' || c.email || '. ', 12)
FROM generate_series(1, 4000::bigint) n JOIN shop.customers c ON c.id = 1 + (n * 7 % 12000);

INSERT INTO shop.sessions (token, customer_id, expires_at)
SELECT md5('session' || n) || md5('more' || n), 1 + (n * 3 % 12000), TIMESTAMPTZ '2026-04-01' + n * INTERVAL '1 minute'
FROM generate_series(1, 15000::bigint) n;

REFRESH MATERIALIZED VIEW shop.revenue_by_country;
ANALYZE;

-- What golang-migrate writes down: the schema is at version 1.
CREATE TABLE public.schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
INSERT INTO public.schema_migrations VALUES (1, false);
