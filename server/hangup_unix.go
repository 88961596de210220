//go:build unix

package server

import "syscall"

// hungUp looks at a connection without taking anything from it: what waits there is the client's next request.
func hungUp(raw syscall.RawConn) (gone bool) {
	var one [1]byte
	err := raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch err {
		case nil:
			gone = n == 0
		case syscall.EAGAIN, syscall.EINTR:
		default:
			gone = true
		}
	})
	return gone || err != nil
}
