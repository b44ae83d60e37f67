package integration

import (
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

// A database of the user's choice, under a policy that keeps everything, comes
// out the same: `make same SOURCE=postgres://…`. What the target cannot take is
// left out as the refusal proposes, and is the only difference allowed. The
// source's role needs to read everything, pg_catalog included.
func TestSame(t *testing.T) {
	source := os.Getenv("UNDERSTUDY_SAME_SOURCE")
	if source == "" {
		t.Skip("UNDERSTUDY_SAME_SOURCE names no database: make same SOURCE=postgres://…")
	}
	dst := pgtest.Target(t)
	if major := one(t, source, "SELECT current_setting('server_version_num')::int / 10000"); major != strconv.Itoa(dst.Major()) {
		t.Skipf("the source is PostgreSQL %s, the throw-away server %d: versions word the same schema differently", major, dst.Major())
	}
	roles := rows(t, source, `SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND oid <> 10`)
	for _, r := range roles {
		dst.Exec(t, "postgres", "CREATE ROLE "+r)
	}
	t.Cleanup(func() {
		for _, r := range roles {
			dst.Exec(t, "postgres", "DROP ROLE "+r)
		}
	})
	for _, builder := range []string{"CREATEDB", "SUPERUSER"} {
		t.Run(strings.ToLower(builder), func(t *testing.T) {
			p := newCopy(t, copyOptions{source: source, outside: true, builder: builder})
			p.write("policy.yaml", p.ok("init", "--keep-all").stdout)
			list := p.takeWayOut()
			t.Logf("left out, as proposed:\n%s", list)
			p.sameBut(p.refresh().Skipped)
			for _, seed := range seedsOr(t, 1) {
				p.randomMasks(readCatalog(t, source), rand.New(rand.NewPCG(seed, 1)), "unsupported:\n"+list)
			}
		})
	}
}

// takeWayOut adds to the policy what a refresh proposes to leave out, if it
// refuses, and returns it.
func (p *project) takeWayOut() string {
	p.t.Helper()
	r := p.run("refresh")
	if r.code == 0 {
		return ""
	}
	_, list, ok := strings.Cut(r.stderr, "\nunsupported:\n")
	if r.code != 4 || !ok {
		p.t.Fatalf("exit %d without a way out\n%s", r.code, r.stderr)
	}
	if left := p.databases(); len(left) > 0 {
		p.t.Errorf("left behind: %q", left)
	}
	p.append("policy.yaml", "unsupported:\n"+list)
	return list
}

// What takes a superuser to create is refused at once, with all that depends
// on it; under the list that the refusal proposes, staging has everything else.
// For a superuser only what leads out of staging stays away.
func TestWayOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		builder  string
		proposed string // objects under unsupported
		taken    string // more objects that the report names
	}{
		{
			builder: "CREATEDB",
			proposed: `access method heap_again; aggregate public.middle(double precision, anyelement); cast (public.shout AS text);
				extension pageinspect; function public.plus(integer, integer); function public.proof(integer);
				function public.shout_in(cstring); function public.shout_out(public.shout); operator class public.backward;
				operator family public.backward; type public.never_made; type public.shout; view public.near`,
			taken: `aggregate public.added(integer); domain public.loud; event trigger noticed; extension postgres_fdw;
				foreign key public.answers.answers_call_fkey; foreign server other; foreign table public.far;
				function public.reads_kin(); index public.plain_backward; index public.plain_plus; materialized view public.counted;
				operator public.<+>; policy public.plain.only_proven; table public.calls; table public.days; table public.days_some;
				table public.elsewhere; table public.kin; table public.proven; table public.sums; type public.call;
				view public.heard; view public.pages`,
		},
		{
			builder:  "SUPERUSER",
			proposed: `view public.near`,
			taken:    `event trigger noticed; foreign server other; foreign table public.far`,
		},
	} {
		t.Run(strings.ToLower(c.builder), func(t *testing.T) {
			t.Parallel()
			p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, readFile(t, "testdata/privileged.sql")), builder: c.builder})
			p.write("policy.yaml", p.ok("init", "--keep-all").stdout)
			words := func(list string) []string {
				out := separator.Split(list, -1)
				slices.Sort(out)
				return out
			}
			var proposed []string
			for line := range strings.Lines(p.takeWayOut()) {
				proposed = append(proposed, strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "- '"), "'"))
			}
			if d := gocmp.Diff(words(c.proposed), proposed); d != "" {
				t.Errorf("proposed to be left out (-want +got):\n%s", d)
			}
			run := p.refresh()
			var named []string
			for _, s := range run.Skipped {
				named = append(named, s.Object)
			}
			slices.Sort(named)
			if d := gocmp.Diff(words(c.proposed+"; "+c.taken), named); d != "" {
				t.Errorf("named by the report (-want +got):\n%s", d)
			}
			p.sameBut(run.Skipped)
			if got := one(t, p.staging(), `SELECT coalesce(string_agg(p.oid::regprocedure::text, ', '), 'none') FROM pg_proc p
				WHERE pronamespace = 'public'::regnamespace AND proowner <> $1::regrole AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`, p.owner); got != "none" {
				t.Errorf("functions that are not the owner's: %s", got)
			}
		})
	}
}

// separator stands between objects of a list.
var separator = regexp.MustCompile(`;\s+`)

// sameBut compares source and staging, and explains differences by what the
// report says was left out.
func (p *project) sameBut(skipped []report.Skipped) {
	p.t.Helper()
	omitted := newOmissions(skipped)
	for k, extension := range pairs(p.t, p.source, `SELECT format('%I.%I', n.nspname, relname) AS k, extname AS v
		FROM pg_depend d JOIN pg_extension e ON e.oid = refobjid JOIN pg_class c ON c.oid = objid JOIN pg_namespace n ON n.oid = relnamespace
		WHERE deptype = 'e' AND classid = 'pg_class'::regclass
		UNION ALL SELECT format('%I.%I', n.nspname, conname), extname
		FROM pg_depend d JOIN pg_extension e ON e.oid = refobjid JOIN pg_constraint c ON contypid = objid JOIN pg_namespace n ON n.oid = connamespace
		WHERE deptype = 'e' AND classid = 'pg_type'::regclass`) {
		if slices.ContainsFunc(skipped, func(s report.Skipped) bool { return s.Object == "extension "+catalog.Display(extension) }) {
			omitted.add(k)
		}
	}
	// One that nobody has refreshed lately shows on the source what was.
	stale := pairs(p.t, p.source, `SELECT format('%I.%I', n.nspname, relname) AS k, '' AS v
		FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'm'`)
	roles := map[string]string{p.owner: "postgres"}
	source, staging := p.describe(p.source, nil), p.describe(p.staging(), roles)
	explained := 0
	for what, there := range source {
		here := staging[what]
		for k, text := range there {
			_, isMatView := stale[k]
			switch {
			case here[k] == text:
			case what == "rows" && isMatView && here[k] != "":
				p.t.Logf("materialized view %s is not fresh on the source", k)
				delete(there, k)
				delete(here, k)
			case omitted.explain(k, text):
				delete(there, k)
				delete(here, k)
				explained++
			}
		}
		compare(p.t, what, there, here)
	}
	p.t.Logf("%d objects of the report explain %d differences", len(skipped), explained)
}

// describe is all that compare looks at, by subject.
func (p *project) describe(url string, rename map[string]string) map[string]map[string]string {
	p.t.Helper()
	out := map[string]map[string]string{
		"sequences": sequences(p.t, url),
		"rows":      contents(p.t, url),
		"schema":    dumpSchema(p.t, p.target, url, rename),
	}
	for _, q := range p.contentQueries() {
		out[q.what] = pairs(p.t, url, q.sql)
	}
	return out
}

// omissions are the names of what a report says was left out.
type omissions struct {
	names  []*regexp.Regexp
	rights bool // some grants were
}

// kindWords is what stands before the name of a skipped object.
var kindWords = regexp.MustCompile(`^(?:[a-z]+ )+`)

func newOmissions(skipped []report.Skipped) omissions {
	var o omissions
	for _, s := range skipped {
		if strings.HasPrefix(s.Object, "validation of ") {
			continue
		}
		o.rights = o.rights || strings.HasPrefix(s.Object, "grants ") || strings.HasPrefix(s.Object, "default privileges")
		name := s.Object[len(kindWords.FindString(s.Object)):]
		if args := strings.IndexByte(name, '('); args > 0 {
			name = name[:args]
		}
		o.add(name)
	}
	return o
}

func (o *omissions) add(name string) {
	o.names = append(o.names, regexp.MustCompile(`(?:^|[^\w."])`+regexp.QuoteMeta(name)+`(?:$|[^\w"])`))
}

// explain tells whether something of the source may be missing or different:
// it is one of the objects, belongs to one, or speaks of one.
func (o omissions) explain(name, text string) bool {
	if o.rights && (strings.HasPrefix(name, "ACL ") || strings.HasPrefix(name, "DEFAULT ACL ")) {
		return true
	}
	// Of a table's parts pg_dump writes "table name".
	_, part, _ := strings.Cut(name, " ")
	all := name + "\n" + strings.ReplaceAll(part, " ", ".") + "\n" + text
	return slices.ContainsFunc(o.names, func(re *regexp.Regexp) bool { return re.MatchString(all) })
}
