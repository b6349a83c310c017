/* libev's watchers and timers. */
#define TIMERS
#include "micro.h"
#include <ev.h>

static void on_io(struct ev_loop *loop, ev_io *w, int events) {
	(void)events;
	ready((int)(intptr_t)w->data);
	if (stopped) ev_break(loop, EVBREAK_ALL);
}

static void dispatch(void) {
	struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
	ev_io *all = calloc(registered, sizeof *all);
	for (int i = 0; i < registered; i++) {
		ev_io_init(&all[i], on_io, fds[i], EV_READ);
		all[i].data = (void *)(intptr_t)i;
		ev_io_start(loop, &all[i]);
	}
	ev_run(loop, 0);
}

static ev_timer *all;
static struct ev_loop *loop;

static void on_ev_timer(struct ev_loop *l, ev_timer *t, int events) {
	(void)l, (void)t, (void)events;
	on_timer();
}

static void schedule(const int *delays) {
	if (!all) {
		loop = ev_default_loop(EVBACKEND_EPOLL);
		all = calloc(count, sizeof *all);
	}
	ev_now_update(loop);
	for (int64_t i = 0; i < count; i++) {
		ev_timer_init(&all[i], on_ev_timer, delays[i] / 1e3, 0);
		ev_timer_start(loop, &all[i]);
	}
}

static void rearm(const int *delays) {
	for (int64_t i = 0; i < count; i++) {
		all[i].repeat = delays[i] / 1e3;
		ev_timer_again(loop, &all[i]);
	}
}

static void cancel(void) {
	for (int64_t i = 0; i < count; i++) ev_timer_stop(loop, &all[i]);
}

static void fire(void) {
	while (fired < count) ev_run(loop, EVRUN_ONCE);
}
