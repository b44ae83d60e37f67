INSERT INTO events (id, happened_at, customer_id, kind, payload)
SELECT n, TIMESTAMPTZ '2026-01-01 00:00+00' + n * (INTERVAL '119 days' / current_setting('bench.events')::bigint),
       1 + n * 7919 % current_setting('bench.customers')::bigint,
       pick('{login,view,view,search,purchase}', n),
       jsonb_build_object('ip', '91.12.' || n % 250 || '.' || n * 3 % 250, 'page', '/p/' || n % 10000, 'ms', n % 700,
                          'user', jsonb_build_object('name', pick('{Anna,Bernd,Claire,Dmitri,Elena,Farid,Greta,Hugo}', n) || ' '
                                                             || pick('{Becker,Costa,Durand,Evans,Fischer,Garcia}', n * 31)))
FROM generate_series(1, current_setting('bench.events')::bigint) n;
