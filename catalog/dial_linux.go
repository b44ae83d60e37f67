package catalog

import (
	"strings"
	"syscall"
	"time"
)

// tcpUserTimeoutOption is TCP_USER_TIMEOUT of linux/tcp.h, which package
// syscall does not name.
const tcpUserTimeoutOption = 0x12

func controlSocket(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	// A kernel that refuses the option leaves us with keepalives alone.
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeoutOption, int(tcpUserTimeout/time.Millisecond))
	})
}
