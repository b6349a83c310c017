/* libuv's polls and timers. */
#define TIMERS
#include "micro.h"
#include <uv.h>

static void on_poll(uv_poll_t *p, int status, int events) {
	(void)events;
	if (status < 0) exit(1);
	ready((int)(intptr_t)p->data);
	if (stopped) uv_stop(p->loop);
}

static void dispatch(void) {
	uv_loop_t *loop = uv_default_loop();
	uv_poll_t *polls = calloc(registered, sizeof *polls);
	for (int i = 0; i < registered; i++) {
		polls[i].data = (void *)(intptr_t)i;
		if (uv_poll_init(loop, &polls[i], fds[i]) != 0 || uv_poll_start(&polls[i], UV_READABLE, on_poll) != 0) exit(1);
	}
	while (!stopped) uv_run(loop, UV_RUN_DEFAULT);
}

static uv_timer_t *all;

static void on_uv_timer(uv_timer_t *t) {
	(void)t;
	on_timer();
}

static void set(const int *delays) {
	for (int64_t i = 0; i < count; i++) uv_timer_start(&all[i], on_uv_timer, delays[i], 0);
}

static void schedule(const int *delays) {
	if (!all) {
		all = calloc(count, sizeof *all);
		for (int64_t i = 0; i < count; i++) uv_timer_init(uv_default_loop(), &all[i]);
	}
	uv_update_time(uv_default_loop());
	set(delays);
}

static void rearm(const int *delays) { set(delays); }

static void cancel(void) {
	for (int64_t i = 0; i < count; i++) uv_timer_stop(&all[i]);
}

static void fire(void) {
	while (fired < count) uv_run(uv_default_loop(), UV_RUN_ONCE);
}
