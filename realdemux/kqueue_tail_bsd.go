//go:build darwin || dragonfly || (freebsd && !arm) || netbsd || openbsd

package realdemux

// keventTail is what struct kevent has and unix.Kevent_t has not, in bytes.
const keventTail = 0
