package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// link is the network between understudy and one of its servers.
type link struct {
	p     *project
	proxy *toxiproxy.Proxy
}

// through leads one of the project's connection strings through a proxy.
func (p *project) through(variable string) *link {
	p.t.Helper()
	at := slices.IndexFunc(p.env, func(e string) bool { return strings.HasPrefix(e, variable+"=") })
	u, err := url.Parse(strings.TrimPrefix(p.env[at], variable+"="))
	if err != nil {
		p.t.Fatal(err)
	}
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	l := &link{p: p, proxy: toxiproxy.NewProxy(api, variable, "127.0.0.1:0", u.Host)}
	l.up()
	p.t.Cleanup(l.proxy.Stop)
	u.Host = l.proxy.Listen
	p.setenv(variable, u.String())
	return l
}

// down breaks all connections and refuses new ones.
func (l *link) down() { l.proxy.Stop() }

// up lets connections through again, on the same port.
func (l *link) up() {
	l.p.t.Helper()
	if err := l.proxy.Start(); err != nil {
		l.p.t.Fatal(err)
	}
}

// cut breaks all connections; new ones get through.
func (l *link) cut() {
	l.p.t.Helper()
	l.down()
	l.up()
}

// toxic spoils the link until it is removed: an attribute of toxiproxy's for
// what comes from the server ("downstream") or goes to it ("upstream").
func (l *link) toxic(kind, stream string, attributes map[string]any) (remove func()) {
	l.p.t.Helper()
	name := kind + "_" + stream
	spec, err := json.Marshal(map[string]any{"name": name, "type": kind, "stream": stream, "attributes": attributes})
	if err != nil {
		l.p.t.Fatal(err)
	}
	if _, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(spec)); err != nil {
		l.p.t.Fatal(err)
	}
	return func() {
		if err := l.proxy.Toxics.RemoveToxic(context.Background(), name); err != nil {
			l.p.t.Error(err)
		}
	}
}

// leadTo moves the link to another server, as a failover does.
func (l *link) leadTo(server string) {
	l.p.t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		l.p.t.Fatal(err)
	}
	l.down()
	l.proxy.Upstream = u.Host
	l.up()
}

// Links that are slow, or hand over a few bytes at a time, change nothing.
func TestPoorLinks(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.open()
	for _, side := range []string{"PRODUCTION_URL", "STAGING_ADMIN_URL"} {
		l := g.through(side)
		for _, stream := range []string{"upstream", "downstream"} {
			l.toxic("slicer", stream, map[string]any{"average_size": 700, "size_variation": 600})
			l.toxic("bandwidth", stream, map[string]any{"rate": 3000})
		}
	}
	g.publishes(g.refresh().Generation)
}

// Links that break after so many bytes, again and again, end the run; those that
// are reset once may not.
func TestLinksThatBreak(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"PRODUCTION_URL", "STAGING_ADMIN_URL"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			l := g.through(side)
			stream := map[string]string{"PRODUCTION_URL": "downstream", "STAGING_ADMIN_URL": "upstream"}[side]
			remove := l.toxic("limit_data", stream, map[string]any{"bytes": 1000000})
			g.open()
			if r := g.run("refresh"); r.code != 75 {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
			remove()
			g.unharmed()

			g.shut()
			x := g.midLoad()
			server := map[string]string{"PRODUCTION_URL": g.source, "STAGING_ADMIN_URL": g.target.URL("postgres")}[side]
			const ours = `SELECT pid FROM pg_stat_activity a WHERE application_name LIKE 'understudy/%' AND datname ~ $1`
			name := "^" + pgtest.DatabaseOf(g.source) + "$"
			if side == "STAGING_ADMIN_URL" {
				name = "^" + g.name + "__u"
			}
			before := rows(t, server, ours, name)
			remove = l.toxic("reset_peer", stream, map[string]any{"timeout": 0})
			g.open()
			x.awaits("a lost session", func() bool {
				now := rows(t, server, ours, name)
				return slices.ContainsFunc(before, func(pid string) bool { return !slices.Contains(now, pid) })
			})
			remove()
			r := x.wait()
			switch {
			case r.code == 75:
				g.unharmed()
			case r.code == 0:
				g.publishes(g.lastReport(r).Generation)
			default:
				t.Fatalf("exit %d\n%s", r.code, r.stderr)
			}
			g.publishes(g.refresh().Generation)
		})
	}
}
