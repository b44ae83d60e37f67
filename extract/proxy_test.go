package extract

import (
	"crypto/tls"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between us and the server, and fails as networks do.
type proxy struct {
	url    string
	listen net.Listener
	target string
	tls    *tls.Config // end the client's TLS here
	wg     sync.WaitGroup

	mu    sync.Mutex
	links []*proxyLink
}

// proxyLink is one connection through the proxy.
type proxyLink struct {
	client, server net.Conn
	gate           chan struct{} // what comes from the server passes while it is closed
	mu             sync.Mutex
}

func newProxy(t testing.TB, target string) *proxy { return newTLSProxy(t, target, nil) }

func newTLSProxy(t testing.TB, target string, config *tls.Config) *proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listen: l, target: u.Host, tls: config}
	u.Host = l.Addr().String()
	if config != nil {
		u.RawQuery = "sslmode=require"
	}
	p.url = u.String()
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.thaw()
		p.cut()
		p.wg.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		if p.tls != nil {
			// The client asks by an SSLRequest of eight bytes.
			if _, err := io.ReadFull(client, make([]byte, 8)); err != nil {
				_ = client.Close()
				continue
			}
			if _, err := client.Write([]byte("S")); err != nil {
				_ = client.Close()
				continue
			}
			client = tls.Server(client, p.tls)
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		open := make(chan struct{})
		close(open)
		l := &proxyLink{client: client, server: server, gate: open}
		p.mu.Lock()
		p.links = append(p.links, l)
		p.mu.Unlock()
		p.wg.Go(func() { _, _ = io.Copy(server, client); _ = server.Close() })
		p.wg.Go(l.down)
	}
}

// down carries what the server sends.
func (l *proxyLink) down() {
	defer func() { _ = l.client.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buf)
		l.mu.Lock()
		gate := l.gate
		l.mu.Unlock()
		<-gate
		if n > 0 {
			if _, err := l.client.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// of finds the link that a session of ours uses.
func (p *proxy) of(local net.Addr) *proxyLink {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		if l.client.RemoteAddr().String() == local.String() {
			return l
		}
	}
	return nil
}

// freeze lets nothing from the server through on a link, without closing it.
func (l *proxyLink) freeze() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gate = make(chan struct{})
}

func (l *proxyLink) thaw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.gate:
	default:
		close(l.gate)
	}
}

func (l *proxyLink) cut() {
	_ = l.client.Close()
	_ = l.server.Close()
}

func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.thaw()
	}
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.links {
		l.cut()
	}
}
