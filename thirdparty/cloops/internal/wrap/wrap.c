//go:build cloops

// The functions of libc that the loops call. The linker gives each call of read in an
// archive to __wrap_read, and so on. A call becomes that of its system call, by number.

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "_cgo_export.h"

extern long __real_syscall(long number, ...);
extern void __real_abort(void);
extern void __real___assert_fail(const char *, const char *, unsigned, const char *);

// A library that gives up ends the run, and not the process of the judge. cloopsGiveUp
// returns only if no run is on.
void __wrap_abort(void) {
	cloopsGiveUp("abort");
	__real_abort();
}

void __wrap___assert_fail(const char *what, const char *file, unsigned line, const char *function) {
	cloopsGiveUp((char *)what);
	__real___assert_fail(what, file, line, function);
}

static long call(long n, long a, long b, long c, long d, long e, long f) {
	int failed = 0;
	if (cloopsReal())
		return __real_syscall(n, a, b, c, d, e, f);
	long r = cloopsCall(n, a, b, c, d, &failed);
	if (failed == 0)
		return r;
	errno = failed;
	return -1;
}

#define CALL(n, a, b, c, d) call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

int __wrap_epoll_create(int size) { return CALL(SYS_epoll_create1, 0, 0, 0, 0); }
int __wrap_epoll_create1(int flags) { return CALL(SYS_epoll_create1, flags, 0, 0, 0); }
int __wrap_epoll_ctl(int ep, int op, int fd, struct epoll_event *ev) { return CALL(SYS_epoll_ctl, ep, op, fd, ev); }
int __wrap_epoll_wait(int ep, struct epoll_event *ev, int max, int ms) { return call(SYS_epoll_pwait, ep, (long)ev, max, ms, 0, 8); }
int __wrap_epoll_pwait(int ep, struct epoll_event *ev, int max, int ms, const sigset_t *mask) {
	return call(SYS_epoll_pwait, ep, (long)ev, max, ms, (long)mask, 8);
}
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms) { return CALL(SYS_poll, fds, n, ms, 0); }
int __wrap_eventfd(unsigned value, int flags) { return CALL(SYS_eventfd2, value, flags, 0, 0); }
int __wrap_timerfd_create(int clock, int flags) { return CALL(SYS_timerfd_create, clock, flags, 0, 0); }
int __wrap_timerfd_settime(int fd, int flags, const struct itimerspec *next, struct itimerspec *old) {
	return CALL(SYS_timerfd_settime, fd, flags, next, old);
}
int __wrap_pipe(int fds[2]) { return CALL(SYS_pipe2, fds, 0, 0, 0); }
int __wrap_pipe2(int fds[2], int flags) { return CALL(SYS_pipe2, fds, flags, 0, 0); }
ssize_t __wrap_read(int fd, void *p, size_t n) { return CALL(SYS_read, fd, p, n, 0); }
ssize_t __wrap_write(int fd, const void *p, size_t n) { return CALL(SYS_write, fd, p, n, 0); }
ssize_t __wrap_readv(int fd, const struct iovec *v, int n) { return CALL(SYS_readv, fd, v, n, 0); }
ssize_t __wrap_writev(int fd, const struct iovec *v, int n) { return CALL(SYS_writev, fd, v, n, 0); }
int __wrap_close(int fd) { return CALL(SYS_close, fd, 0, 0, 0); }
int __wrap_dup2(int fd, int to) { return CALL(SYS_dup2, fd, to, 0, 0); }

// argument is the one that follows the named ones of a function.
#define argument(last, name) \
	va_list all; \
	va_start(all, last); \
	long name = va_arg(all, long); \
	va_end(all)

int __wrap_fcntl(int fd, int command, ...) {
	argument(command, a);
	return CALL(SYS_fcntl, fd, command, a, 0);
}

int __wrap_fcntl64(int fd, int command, ...) {
	argument(command, a);
	return CALL(SYS_fcntl, fd, command, a, 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
	argument(request, a);
	return CALL(SYS_ioctl, fd, request, a, 0);
}

// Spinning locks yield.
int __wrap_sched_yield(void) {
	cloopsYield();
	return 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t) {
	if (cloopsReal())
		return __real_syscall(SYS_clock_gettime, clock, t);
	int64_t now = cloopsNow(clock);
	t->tv_sec = now / 1000000000;
	t->tv_nsec = now % 1000000000;
	return 0;
}

int __wrap_gettimeofday(struct timeval *t, void *zone) {
	struct timespec now;
	__wrap_clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t __wrap_time(time_t *t) {
	struct timespec now;
	__wrap_clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}

long __wrap_syscall(long number, ...) {
	va_list all;
	va_start(all, number);
	long a[6];
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(all, long);
	va_end(all);
	if (number == SYS_clock_gettime)
		return __wrap_clock_gettime(a[0], (struct timespec *)a[1]);
	return call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
