INSERT INTO items (order_id, line, product_id, quantity, price)
SELECT 1 + n / 2, 1 + n % 2, 1 + n * 37 % 10000, 1 + n % 4, 5 + n * 37 % 400 + 0.99
FROM generate_series(0, current_setting('bench.orders')::bigint * 2 - 1) n;
