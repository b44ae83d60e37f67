CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE accounts (
	tenant smallint, id int, who int NOT NULL, gone date, region text, days daterange, code int NOT NULL UNIQUE, email text, login text, nick text COLLATE folded,
	spot int4range, stay daterange, slot int, ref uuid,
	PRIMARY KEY (tenant, id), UNIQUE (tenant, region, code), UNIQUE (tenant, code, slot),
	EXCLUDE USING gist (spot WITH =, days WITH &&), EXCLUDE (slot WITH =, region WITH =));
CREATE UNIQUE INDEX ON accounts (lower(email));
CREATE UNIQUE INDEX ON accounts (email) WHERE gone IS NULL;
CREATE UNIQUE INDEX ON accounts (login, region);
CREATE UNIQUE INDEX ON accounts (nick);
CREATE UNIQUE INDEX ON accounts (lower(trim(email)));
CREATE UNIQUE INDEX ON accounts (ref, region) INCLUDE (who);
CREATE UNIQUE INDEX ON accounts (id, tenant);
INSERT INTO accounts SELECT n % 30 + 1, n, n % 700, CASE WHEN n % 9 = 0 THEN DATE '2024-01-01' END, 'r' || n / 50, daterange(DATE '2020-01-01' + n, DATE '2020-01-02' + n), n,
	'Realdata' || n || '@corp.test', CASE WHEN n % 5 > 0 THEN 'realdata' || n END, 'RealData' || n, int4range(n % 100 + 1, n % 100 + 5), daterange(DATE '2021-01-01' + n, DATE '2021-01-05' + n), n % 50 + 1, md5(n::text)::uuid
FROM generate_series(1, 3000) n;
CREATE TABLE members (n int PRIMARY KEY, tenant smallint, account int, FOREIGN KEY (tenant, account) REFERENCES accounts (tenant, id));
INSERT INTO members SELECT n, n % 30 + 1, n FROM generate_series(1, 3000) n;
ANALYZE;
