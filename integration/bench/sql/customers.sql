INSERT INTO customers (id, email, full_name, phone, birth_date, address, notes, active, created_at)
SELECT n, lower(f) || '.' || lower(l) || n || '@' || pick('{gmail.com,outlook.com,web.de,orange.fr,acme.io}', n * 13),
       f || ' ' || l,
       '+4915' || lpad((n * 7919 % 100000000)::text, 8, '0'),
       DATE '1940-01-01' + (n * 104729 % 24000)::int,
       pick('{Lindenstraße,Hauptstraße,Rue de la Paix,High Street,Via Roma}', n * 5) || ' ' || 1 + n % 180 || ', '
           || lpad((n * 611953 % 100000)::text, 5, '0') || ' ' || pick('{Berlin,Lyon,Leeds,Torino,Köln,Gdańsk}', n * 11),
       CASE WHEN n % 3 = 0 THEN f || ' ' || l || ' called about order ' || n * 3 || ', call back at 0151 ' || n * 7919 % 10000000
                                || ' before the parcel is sent' END,
       n % 17 <> 0,
       TIMESTAMPTZ '2019-01-01 00:00+00' + n * INTERVAL '4 minutes'
FROM (SELECT n,
             pick('{Anna,Bernd,Claire,Dmitri,Elena,Farid,Greta,Hugo,Ines,Jonas,Karla,Luc,Mara,Nils,Olga,Paul}', n) AS f,
             pick('{Becker,Costa,Durand,Evans,Fischer,Garcia,Hansen,Ivanova,Jansen,Kowalski,Lehmann,Moreau,Novak,Olsen,Peters,Quandt,Rossi}', n * 31) AS l
      FROM generate_series(1, current_setting('bench.customers')::bigint) n) people;

INSERT INTO documents (id, customer_id, title, body)
SELECT n, c.id, 'Contract ' || n,
       left(repeat('This contract of ' || c.created_at::date || ' is made with ' || c.full_name || ', reachable at ' || c.email
                   || ' and living at ' || c.address || '. ', 24), 2048)
FROM generate_series(1, current_setting('bench.documents')::bigint) n
JOIN customers c ON c.id = 1 + n * 7919 % current_setting('bench.customers')::bigint;
