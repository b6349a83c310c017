package fakedemux_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
)

// TestErrorsAreOneVocabulary: an error of any dialect prints its name and is the error
// of the same name in the others and on the host.
func TestErrorsAreOneVocabulary(t *testing.T) {
	for _, tt := range []struct {
		name string
		all  []error
		host syscall.Errno // 0: the host has none
	}{
		{"EBADF", []error{epoll.EBADF, kqueue.EBADF, iocp.WSAEBADF, iocp.StatusInvalidHandle}, syscall.EBADF},
		{"ECONNRESET", []error{epoll.ECONNRESET, kqueue.ECONNRESET, iocp.WSAECONNRESET, iocp.StatusConnectionReset}, syscall.ECONNRESET},
		{"EAGAIN", []error{epoll.EAGAIN, kqueue.EAGAIN, iocp.WSAEWOULDBLOCK}, syscall.EAGAIN},
		{"EDEADLK", []error{epoll.EDEADLK, kqueue.EDEADLK, iocp.ErrorDeadlock}, syscall.EDEADLK},
		{"ENOPROTOOPT", []error{epoll.ENOPROTOOPT, kqueue.ENOPROTOOPT, iocp.WSAENOPROTOOPT}, syscall.ENOPROTOOPT},
		{"EOPNOTSUPP", []error{epoll.EOPNOTSUPP, kqueue.EOPNOTSUPP, kqueue.Darwin.EOPNOTSUPP, iocp.WSAEOPNOTSUPP}, syscall.EOPNOTSUPP},
		{"ENOTSIMULATED", []error{epoll.ENOTSIMULATED, kqueue.ENOTSIMULATED, iocp.ENOTSIMULATED}, 0},
	} {
		for _, e := range tt.all {
			symbol := e.(interface{ Symbol() demux.Errno }).Symbol()
			if symbol.Name() != tt.name || !strings.Contains(symbol.Error(), tt.name) {
				t.Errorf("%T %s is %s, want %s", e, e, symbol, tt.name)
			}
			if tt.host != 0 && !errors.Is(e, tt.host) {
				t.Errorf("%T %s is not the host's %s", e, e, tt.name)
			}
			for _, other := range tt.all {
				if !errors.Is(e, other) {
					t.Errorf("%T %s is not %T %s", e, e, other, other)
				}
			}
			for _, no := range []error{epoll.EPERM, kqueue.EPERM, iocp.WSAEFAULT, syscall.EPERM} {
				if errors.Is(e, no) {
					t.Errorf("%T %s is %T %s", e, e, no, no)
				}
			}
		}
	}
}

// TestErrorsOfCallsCompare: what a Host returns is the error of its dialect.
func TestErrorsOfCallsCompare(t *testing.T) {
	for dialect, want := range map[string]error{"epoll": epoll.EBADF, "kqueue-darwin": kqueue.EBADF, "iocp": iocp.WSAENOTSOCK} {
		k := direct(fakedemux.Options{Dialect: dialect})
		if err := k.Close(demux.Handle(99)); !errors.Is(err, want) {
			t.Errorf("%s: Close of a handle that is not open: %v, want %v", dialect, err, want)
		}
	}
}
