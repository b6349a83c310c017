/* Dispatch by epoll alone: a table of functions, as the programs in Go have it. */
#include "micro.h"

typedef void handler(int i, uint32_t events);

static void on_event(int i, uint32_t events) {
	(void)events;
	ready(i);
}

static void dispatch(void) {
	static struct epoll_event events[1024];
	handler **handlers = calloc(registered, sizeof *handlers);
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < registered; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
		handlers[i] = on_event;
		if (epoll_ctl(epfd, EPOLL_CTL_ADD, fds[i], &ev) < 0) die("epoll_ctl");
	}
	while (!stopped) {
		int n = epoll_wait(epfd, events, 1024, -1);
		if (n < 0 && errno != EINTR) die("epoll_wait");
		for (int i = 0; i < n; i++) handlers[events[i].data.u32](events[i].data.u32, events[i].events);
	}
}
