/* libevent's events and timers. */
#define TIMERS
#include "micro.h"
#include <event2/event.h>
#include <event2/event_struct.h>

static struct event_base *base;

static void on_event(evutil_socket_t fd, short what, void *i) {
	(void)fd, (void)what;
	ready((int)(intptr_t)i);
	if (stopped) event_base_loopbreak(base);
}

static void dispatch(void) {
	struct event *all = calloc(registered, sizeof *all);
	base = event_base_new();
	for (int i = 0; i < registered; i++) {
		event_assign(&all[i], base, fds[i], EV_READ | EV_PERSIST, on_event, (void *)(intptr_t)i);
		if (event_add(&all[i], NULL) < 0) exit(1);
	}
	event_base_dispatch(base);
}

static struct event *all;

static void on_event_timer(evutil_socket_t fd, short what, void *unused) {
	(void)fd, (void)what, (void)unused;
	on_timer();
}

static void set(const int *delays) {
	for (int64_t i = 0; i < count; i++) {
		struct timeval t = {delays[i] / 1000, delays[i] % 1000 * 1000};
		event_add(&all[i], &t);
	}
}

static void schedule(const int *delays) {
	if (!all) {
		base = event_base_new();
		all = calloc(count, sizeof *all);
		for (int64_t i = 0; i < count; i++) event_assign(&all[i], base, -1, 0, on_event_timer, NULL);
	}
	set(delays);
}

static void rearm(const int *delays) { set(delays); }

static void cancel(void) {
	for (int64_t i = 0; i < count; i++) event_del(&all[i]);
}

static void fire(void) {
	while (fired < count) event_base_loop(base, EVLOOP_ONCE);
}
