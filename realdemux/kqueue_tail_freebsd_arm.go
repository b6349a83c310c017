package realdemux

// keventTail is what struct kevent has and unix.Kevent_t has not, in bytes: the
// four 64-bit numbers of ext, since FreeBSD 12. Here x/sys makes the call that
// has them, with the struct that does not.
const keventTail = 32
