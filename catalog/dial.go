package catalog

import (
	"net"
	"time"
)

// tcpUserTimeout ends a connection whose other end has taken no data for so
// long. It also counts while the other end is alive but does not read, so it
// must outlast the longest pause of a loader that waits for its disk.
const tcpUserTimeout = 5 * time.Minute

// dialer finds a dead server within about two minutes of silence.
func dialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 6},
		Control:         controlSocket,
	}
}
