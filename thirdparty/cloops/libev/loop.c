//go:build cloops

#include <stdlib.h>

#include "loop.h"
#include "_cgo_export.h"

static void on_wake(struct ev_loop *l, ev_async *w, int got) { evWoken((uintptr_t)w->data); }
static void on_io(struct ev_loop *l, ev_io *w, int got) { evReady((uintptr_t)w->data, got); }
static void on_timer(struct ev_loop *l, ev_timer *w, int got) { evFired((uintptr_t)w->data); }

// When a call fails that libev cannot do without, such as an epoll_create for want of
// descriptors, it prints that and aborts the process, unless a callback is set: then it
// calls that and tries again; ev(3), ev_set_syserr_cb.
static void on_error(const char *call) {}

struct ev_loop *cl_open(unsigned flags, ev_async **wake, uintptr_t handle) {
	ev_set_syserr_cb(on_error);
	struct ev_loop *l = ev_loop_new(flags);
	if (!l)
		return 0;
	ev_async *w = malloc(sizeof *w);
	ev_async_init(w, on_wake);
	w->data = (void *)handle;
	ev_async_start(l, w);
	*wake = w;
	return l;
}

void cl_run(struct ev_loop *l, int while_alive) {
	if (while_alive)
		ev_unref(l); // the ev_async does not keep the loop alive
	ev_run(l, 0);
	if (while_alive)
		ev_ref(l);
}

void cl_free(struct ev_loop *l, ev_async *wake) {
	ev_async_stop(l, wake);
	free(wake);
	ev_loop_destroy(l);
}

ev_io *cl_io(int fd, uintptr_t handle) {
	ev_io *w = malloc(sizeof *w);
	ev_io_init(w, on_io, fd, 0);
	w->data = (void *)handle;
	return w;
}

void cl_io_start(struct ev_loop *l, ev_io *w, int want) {
	ev_io_stop(l, w);
	ev_io_set(w, w->fd, want);
	if (want)
		ev_io_start(l, w);
}

ev_timer *cl_timer(uintptr_t handle) {
	ev_timer *w = malloc(sizeof *w);
	ev_timer_init(w, on_timer, 0., 0.);
	w->data = (void *)handle;
	return w;
}

void cl_timer_start(struct ev_loop *l, ev_timer *w, double after) {
	ev_timer_stop(l, w);
	ev_now_update(l); // "after" counts from the loop's time, which is that of its last wait
	ev_timer_set(w, after, 0.);
	ev_timer_start(l, w);
}
