ALTER TABLE understudy.runs ADD COLUMN stage text NOT NULL DEFAULT '';

CREATE TABLE understudy.log (
    run         text NOT NULL REFERENCES understudy.runs ON DELETE CASCADE,
    n           integer NOT NULL,
    at          timestamptz NOT NULL,
    level       text NOT NULL,
    line        text NOT NULL,
    PRIMARY KEY (run, n)
);

-- What reports hold, by rows.
CREATE VIEW understudy.stages AS
SELECT r.project, r.staging, r.id AS run, r.started, x.n, x.v ->> 'name' AS name, (x.v ->> 'seconds')::float8 AS seconds
FROM understudy.runs r, jsonb_array_elements(r.report -> 'stages') WITH ORDINALITY AS x (v, n);

CREATE VIEW understudy.tables AS
SELECT r.project, r.staging, r.id AS run, r.started, x.v ->> 'name' AS name, x.v ->> 'mode' AS mode,
    (x.v ->> 'rows')::int8 AS rows, (x.v ->> 'bytes')::int8 AS bytes, (x.v ->> 'seconds')::float8 AS seconds
FROM understudy.runs r, jsonb_array_elements(r.report -> 'tables') AS x (v);

CREATE VIEW understudy.warnings AS
SELECT r.project, r.staging, r.id AS run, r.started, x.n, x.v AS message
FROM understudy.runs r, jsonb_array_elements_text(r.report -> 'warnings') WITH ORDINALITY AS x (v, n);

CREATE VIEW understudy.gates AS
SELECT r.project, r.staging, r.id AS run, r.started, x.n, x.v ->> 'name' AS name, (x.v ->> 'passed')::boolean AS passed
FROM understudy.runs r, jsonb_array_elements(r.report -> 'gates') WITH ORDINALITY AS x (v, n);

CREATE VIEW understudy.generations AS
SELECT r.project, r.staging, r.generation, r.id AS run, r.ended AS published, (r.report #>> '{source,snapshot_time}')::timestamptz AS snapshot,
    (r.report #>> '{totals,tables}')::int8 AS tables, (r.report #>> '{totals,rows}')::int8 AS rows, (r.report #>> '{totals,bytes}')::int8 AS bytes,
    r.report #>> '{policy,hash}' AS policy, r.report #>> '{policy,key_fingerprint}' AS key
FROM understudy.runs r
WHERE r.verb = 'refresh' AND r.generation IS NOT NULL AND r.report ->> 'outcome' = 'published';
