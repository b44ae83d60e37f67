INSERT INTO products (id, sku, title, price)
SELECT n, 'SKU-' || lpad(n::text, 6, '0'), pick('{Lamp,Chair,Desk,Shelf,Rug}', n) || ' no. ' || n, 5 + n % 400 + 0.99
FROM generate_series(1, 10000::bigint) n;

INSERT INTO orders (id, customer_id, status, client_ip, ship_to, ordered_at, total)
SELECT n, 1 + n * 7919 % current_setting('bench.customers')::bigint,
       pick('{new,paid,shipped,shipped,shipped,returned}', n)::order_status,
       '84.0.0.0'::inet + n * 7919 % 16777216,
       pick('{Lindenstraße,Hauptstraße,Rue de la Paix,High Street,Via Roma}', n * 5) || ' ' || 1 + n % 180 || ', '
           || pick('{Berlin,Lyon,Leeds,Torino,Köln,Gdańsk}', n * 11),
       TIMESTAMPTZ '2020-01-01 00:00+00' + n * (INTERVAL '2200 days' / current_setting('bench.orders')::bigint),
       (n * 37 % 90000) / 100.0 + 5
FROM generate_series(1, current_setting('bench.orders')::bigint) n;
