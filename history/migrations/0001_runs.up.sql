CREATE SCHEMA understudy;
COMMENT ON SCHEMA understudy IS 'history of understudy';

CREATE TABLE understudy.runs (
    id          text PRIMARY KEY,
    project     text NOT NULL,
    staging     text NOT NULL,
    verb        text NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL DEFAULT '',
    host        text NOT NULL,
    pid         integer NOT NULL,
    started     timestamptz NOT NULL,
    seen        timestamptz NOT NULL,
    ended       timestamptz,
    exit_code   integer,
    error       text NOT NULL DEFAULT '',
    generation  integer,
    report      jsonb,
    cancelled_by text NOT NULL DEFAULT ''
);
CREATE INDEX runs_started ON understudy.runs (project, staging, started DESC);

CREATE TABLE understudy.pauses (
    project     text NOT NULL,
    staging     text NOT NULL,
    since       timestamptz NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL DEFAULT '',
    PRIMARY KEY (project, staging)
);
