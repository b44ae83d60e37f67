package load

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/understudy-db/understudy/catalog"
)

// proxy stands between us and the target, and breaks the link in a way that
// only we notice: the server goes on waiting for more.
type proxy struct {
	t        testing.TB
	listener net.Listener
	server   string

	mu      sync.Mutex
	onWrite []byte // cut the link when this passes to the server, after passing it on
	clients []net.Conn
	servers []net.Conn
}

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, listener: l, server: server}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.cut()
		p.mu.Lock()
		for _, s := range p.servers {
			s.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p
}

// through is a connection string that leads through the proxy.
func (p *proxy) through(dsn catalog.DSN) catalog.DSN {
	p.t.Helper()
	u, err := url.Parse(dsn.Reveal())
	if err != nil {
		p.t.Fatal(err)
	}
	u.Host = p.listener.Addr().String()
	return catalog.DSN(u.String())
}

func hostOf(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func (p *proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		client.Close()
		return
	}
	p.mu.Lock()
	p.clients, p.servers = append(p.clients, client), append(p.servers, server)
	p.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { io.Copy(client, server) })
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if n > 0 {
			if _, err := server.Write(buf[:n]); err != nil {
				break
			}
			p.mu.Lock()
			trigger := len(p.onWrite) > 0 && bytes.Contains(buf[:n], p.onWrite)
			p.mu.Unlock()
			if trigger {
				p.cut()
				break
			}
		}
		if err != nil {
			break
		}
	}
	client.Close()
	// The server's side stays open until the test ends, as after a power cut of
	// ours. What it still says goes nowhere.
	wg.Wait()
}

// cut ends our side of every connection made so far.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.clients {
		c.Close()
	}
	p.clients = nil
}

// cutAfter cuts the link once a client has sent this.
func (p *proxy) cutAfter(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onWrite = []byte(text)
}
