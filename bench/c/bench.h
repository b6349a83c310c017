/* What the programs in C have in common: the command line, the listening socket, an idle
   thread, clocks, and the form of results. */
#ifndef BENCH_H
#define BENCH_H
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

#define BUFFER (64 << 10) /* how many bytes a server reads at once */
#define BACKLOG 4096

static void die(const char *what) {
	perror(what);
	exit(1);
}

static inline int64_t now_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline int64_t cpu_ns(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* listen_on returns a non-blocking socket that listens. */
static inline int listen_on(const char *network, const char *address) {
	int fd, one = 1;
	if (strcmp(network, "unix") == 0) {
		struct sockaddr_un a = {.sun_family = AF_UNIX};
		strncpy(a.sun_path, address, sizeof a.sun_path - 1);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) die("bind");
	} else {
		const char *colon = strrchr(address, ':');
		char host[64] = {0};
		struct sockaddr_in a = {.sin_family = AF_INET};
		if (!colon || colon - address >= (int)sizeof host) { errno = EINVAL; die(address); }
		memcpy(host, address, colon - address);
		inet_pton(AF_INET, host, &a.sin_addr);
		a.sin_port = htons(atoi(colon + 1));
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) die("bind");
	}
	if (listen(fd, BACKLOG) < 0) die("listen");
	return fd;
}

static inline void no_delay(const char *network, int fd) {
	int one = 1;
	if (strcmp(network, "tcp") == 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void *idle(void *unused) {
	(void)unused;
	for (;;) pause();
	return NULL;
}

/* start_idle_thread makes the process one with two threads. The kernel then counts
   references to open files with atomic operations, as it does in every Go program. */
static inline void start_idle_thread(void) {
	pthread_t t;
	if (pthread_create(&t, NULL, idle, NULL) != 0) die("pthread_create");
}

/* many_files raises the limit of descriptors to what 10 000 socketpairs need, or as far as
   the system lets it. */
static inline void many_files(void) {
	struct rlimit r, more = {1 << 15, 1 << 15};
	getrlimit(RLIMIT_NOFILE, &r);
	if (r.rlim_max < more.rlim_max && setrlimit(RLIMIT_NOFILE, &more) == 0) return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

/* result prints one measurement: how often something was done, in what time, with how much
   processor time. */
static inline void result(const char *what, int64_t ops, int64_t ns, int64_t cpu) {
	printf("{\"what\":\"%s\",\"ops\":%lld,\"ns\":%lld,\"cpu_ns\":%lld,\"allocs\":-1}\n", what, (long long)ops, (long long)ns, (long long)cpu);
	fflush(stdout);
}
#endif
