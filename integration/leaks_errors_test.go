package integration

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// evaluatedSchema has functions that fail on the target alone: there sessions of
// understudy may write.
const evaluatedSchema = `
CREATE FUNCTION here() RETURNS bool STABLE LANGUAGE sql AS
	$$ SELECT current_setting('application_name') LIKE 'understudy/%' AND current_setting('transaction_read_only') = 'off' $$;
CREATE FUNCTION raises(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN RAISE EXCEPTION 'no %', v USING ERRCODE = '42P01', DETAIL = v, HINT = v; END IF; RETURN v; END $$;
CREATE FUNCTION stops(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN RAISE EXCEPTION '%', v USING ERRCODE = '55000', TABLE = v, COLUMN = v, CONSTRAINT = v, DATATYPE = v, SCHEMA = v; END IF; RETURN v; END $$;
CREATE FUNCTION builds(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN EXECUTE 'SELECT ' || quote_ident(v); END IF; RETURN v; END $$;
CREATE FUNCTION looks_up(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN PERFORM v::regclass; END IF; RETURN v; END $$;
CREATE FUNCTION warns(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN RAISE WARNING 'look at %', v; RAISE LOG 'look at %', v; RETURN v; END $$;
CREATE FUNCTION overflows(n numeric) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN RETURN n; END IF; RETURN 1; END $$;
CREATE FUNCTION same(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
	$$ BEGIN IF public.here() THEN RETURN 'keptcanary52bb'; END IF; RETURN v; END $$;
CREATE TABLE things (id int PRIMARY KEY, label text NOT NULL, secret text NOT NULL, big numeric NOT NULL);
INSERT INTO things SELECT n, 'keptcanary52bb-' || n, 'canary7f3ae1-' || n, 847362514000 + n FROM generate_series(1, 20) n;
CREATE TABLE parts (id int, label text) PARTITION BY LIST (label);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN ('keptcanary52bb-x');
`

const evaluatedPolicy = `version: 1
tables:
  public.things:
    keep: [id, label, big]
    columns: { secret: redact }
  public.parts: { keep: [id, label] }
`

// What the target's server says when it evaluates expressions of the schema over
// rows is told without the rows, wherever it happens; the harness searches the
// outputs. Originals of masked columns are not even in that server's log.
func TestInvariantNoValueFromTheTarget(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, map[string]string{"log_error_verbosity": "verbose", "log_min_messages": "debug1"})
	for _, c := range []struct {
		name, do string // on the source
		policy   string // in place of the end of the rules of things
		config   string
		code     int
		text     string // in the error
	}{
		{name: "index", do: `CREATE INDEX boom ON things (raises(label))`, code: 4, text: "boom"},
		{name: "index by dynamic SQL", do: `CREATE INDEX boom ON things (builds(label))`, code: 4, text: "boom"},
		{name: "partial unique index", do: `CREATE UNIQUE INDEX boom ON things (label) WHERE looks_up(label) > ''`, code: 4, text: "boom"},
		{name: "error full of names", do: `CREATE INDEX boom ON things (stops(label))`, code: 1, text: "boom"},
		{name: "unique index", do: `CREATE UNIQUE INDEX boom ON things (same(label))`, code: 5, text: "boom"},
		{name: "collision", policy: `secret: { mask: sql, expression: "left(label, 14)" }`, do: `ALTER TABLE things ADD UNIQUE (secret)`, code: 5, text: "things_secret_key"},
		{name: "exclusion", do: `ALTER TABLE things ADD CONSTRAINT boom EXCLUDE (same(label) WITH =)`, code: 5, text: "boom"},
		{name: "check", do: `ALTER TABLE things ADD CONSTRAINT boom CHECK (raises(label) > '')`, code: 1},
		{name: "check that casts", do: `ALTER TABLE things ADD CONSTRAINT boom CHECK (CASE WHEN here() THEN label::regclass IS NULL ELSE true END)`, code: 1},
		{name: "check of a NOT VALID constraint", do: `ALTER TABLE things ADD CONSTRAINT boom CHECK (label < 'a') NOT VALID`, code: 0},
		{name: "domain", do: `CREATE DOMAIN labels AS text CHECK (builds(VALUE) > ''); ALTER TABLE things ALTER label TYPE labels`, code: 1},
		{name: "generated column", do: `ALTER TABLE things ADD made int GENERATED ALWAYS AS (overflows(big)) STORED`, code: 5, text: "out of range"},
		{name: "not null by default", do: `ALTER TABLE things ADD made text GENERATED ALWAYS AS (CASE WHEN length(stops(label)) > 0 THEN label END) STORED`, code: 1},
		{name: "materialized view", do: `CREATE MATERIALIZED VIEW boom AS SELECT builds(label) FROM things`, code: 0},
		{name: "materialized view that raises", do: `CREATE MATERIALIZED VIEW boom AS SELECT stops(label) FROM things`, code: 0},
		{name: "materialized view that overflows", do: `CREATE MATERIALIZED VIEW boom AS SELECT overflows(big) FROM things`, code: 5, text: "boom"},
		{name: "foreign key", do: `CREATE TABLE refs (id int REFERENCES things, label text); INSERT INTO refs SELECT id, label FROM things`,
			policy: "secret: redact }\n    rows: { where: \"id < 5\" }\n  public.refs: { keep: [id, label]", code: 3, text: "refs_id_fkey"},
		{name: "foreign key that is not valid", do: `CREATE TABLE refs (id int, label text); INSERT INTO refs VALUES (847362, 'keptcanary52bb-y'); ALTER TABLE refs ADD FOREIGN KEY (id) REFERENCES things NOT VALID`,
			policy: "secret: redact }\n  public.refs: { keep: [id, label]", code: 0},
		{name: "no partition", do: `INSERT INTO parts VALUES (1, 'keptcanary52bb-x')`,
			policy: "secret: redact }\n  public.parts: { keep: [id], columns: { label: { mask: sql, expression: \"label || '-masked'\" } }", code: 5},
		{name: "warning", do: `CREATE INDEX fine ON things (warns(label)); CREATE MATERIALIZED VIEW m AS SELECT warns(label) FROM things`, code: 0},
		{name: "extended statistics", do: `CREATE STATISTICS boom ON (raises(label)), (length(label)) FROM things`, code: 1},
		{name: "before_publish", config: `SELECT raises(label) FROM things`, code: 7},
		{name: "before_publish by dynamic SQL", config: `DO $$ DECLARE v text; BEGIN FOR v IN SELECT label FROM public.things LOOP EXECUTE 'DROP TABLE ' || quote_ident(v); END LOOP; END $$`, code: 7},
		{name: "before_publish casts", config: `SELECT label::regclass FROM public.things`, code: 7},
		{name: "trigger of before_publish", config: `CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', NEW USING ERRCODE = '55000'; END $$;
			CREATE TRIGGER t BEFORE UPDATE ON public.things FOR EACH ROW EXECUTE FUNCTION t(); UPDATE public.things SET label = label`, code: 7},
		{name: "notices of before_publish", config: `DO $$ DECLARE v text; BEGIN FOR v IN SELECT label FROM public.things LOOP RAISE WARNING '%', v; END LOOP; END $$`, code: 0},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			policy := evaluatedPolicy
			if c.policy != "" {
				policy = strings.Replace(policy, "secret: redact }", c.policy+" }", 1)
				if strings.Contains(c.policy, "public.parts") {
					policy = policy[:strings.LastIndex(policy, "  public.parts:")]
				}
			}
			var config []string
			if c.config != "" {
				config = append(config, "before_publish:\n  - sql: |\n      "+strings.ReplaceAll(c.config, "\n", "\n      "))
			}
			p := newProjectOn(t, pgtest.Source(t), dst, evaluatedSchema+c.do, policy, config...)
			r := p.run("refresh", "-v", "--report", "reports")
			if r.code != c.code || c.text != "" && !strings.Contains(r.stderr, c.text) {
				t.Errorf("exit %d, want %d and %q\n%s", r.code, c.code, c.text, r.stderr)
			}
		})
	}
	// Where the role may, it keeps all values out of the server's log.
	quiet := func(name, do, config string) {
		t.Run("quiet_"+name, func(t *testing.T) {
			t.Parallel()
			if dst.Major() < 15 {
				t.Skip("before PostgreSQL 15 only a superuser can set what it takes")
			}
			schema := strings.ReplaceAll(evaluatedSchema+do, kept, "quietcanary52bb")
			p := newProjectOn(t, pgtest.Source(t), dst, schema, evaluatedPolicy, config)
			r := p.ok("doctor")
			_, grant, ok := strings.Cut(r.stdout+r.stderr, "GRANT SET ON PARAMETER ")
			if !ok {
				t.Fatalf("doctor does not say how:\n%s%s", r.stdout, r.stderr)
			}
			grant, _, _ = strings.Cut(grant, ";")
			dst.Exec(t, "postgres", "GRANT SET ON PARAMETER "+grant)
			t.Cleanup(func() {
				dst.Exec(t, "postgres", "REVOKE SET ON PARAMETER "+strings.Replace(grant, " TO ", " FROM ", 1))
			})
			if r := p.run("refresh"); r.code == 0 {
				t.Errorf("nothing went wrong\n%s", r.stderr)
			}
			if r := p.ok("doctor"); strings.Contains(r.stdout+r.stderr, "GRANT SET ON PARAMETER") {
				t.Errorf("doctor still says so:\n%s", r.stdout)
			}
		})
	}
	quiet("index", `CREATE INDEX boom ON things (raises(label))`, "")
	quiet("check", `ALTER TABLE things ADD CONSTRAINT boom CHECK (CASE WHEN here() THEN label::regclass IS NULL ELSE true END)`, "")
	quiet("before_publish", "", `before_publish: [{ sql: "DO $$ BEGIN RAISE WARNING '%', (SELECT label FROM public.things LIMIT 1); INSERT INTO public.things SELECT * FROM public.things; END $$" }]`)

	t.Cleanup(func() {
		if dst.Local == nil {
			return
		}
		log, err := dst.Local.Log()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log, "keptcanary52bb") {
			t.Error("the server's log has not even kept values: it proves nothing")
		}
		if strings.Contains(log, "quietcanary52bb") {
			t.Errorf("the server's log holds values though the role may prevent it:\n%s", lines(log, "quietcanary52bb"))
		}
		if strings.Contains(log, masked) {
			t.Errorf("the server's log holds an original of a masked column:\n%s", lines(log, masked))
		}
	})
}
