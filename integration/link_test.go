package integration

import (
	"net/url"
	"slices"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
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
