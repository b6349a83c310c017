//go:build cloops

#include <stdlib.h>

#include "loop.h"
#include "_cgo_export.h"

static void on_wake(uv_async_t *w) { uvWoken((uintptr_t)w->data); }
static void on_poll(uv_poll_t *p, int status, int got) { uvReady((uintptr_t)p->data, status, got); }
static void on_timer(uv_timer_t *t) { uvFired((uintptr_t)t->data); }
static void on_closed(uv_handle_t *h) { free(h); }

int cl_open(uv_loop_t **loop, uv_async_t **wake, uintptr_t handle) {
	uv_loop_t *l = malloc(sizeof *l);
	uv_async_t *w = malloc(sizeof *w);
	int e = uv_loop_init(l);
	if (e == 0) {
		e = uv_async_init(l, w, on_wake);
		if (e != 0)
			uv_loop_close(l);
	}
	if (e != 0) {
		free(l);
		free(w);
		return e;
	}
	w->data = (void *)handle;
	*loop = l;
	*wake = w;
	return 0;
}

void cl_run(uv_loop_t *l, uv_async_t *wake, int while_alive) {
	if (while_alive)
		uv_unref((uv_handle_t *)wake);
	uv_run(l, UV_RUN_DEFAULT);
	if (while_alive)
		uv_ref((uv_handle_t *)wake);
}

// cl_free closes the loop. The close functions of what was closed before run here.
void cl_free(uv_loop_t *l, uv_async_t *wake) {
	uv_close((uv_handle_t *)wake, on_closed);
	uv_run(l, UV_RUN_DEFAULT);
	if (uv_loop_close(l) == 0)
		free(l);
}

int cl_poll(uv_loop_t *l, uv_poll_t **poll, int fd, uintptr_t handle) {
	uv_poll_t *p = malloc(sizeof *p);
	int e = uv_poll_init(l, p, fd);
	if (e != 0) {
		free(p);
		return e;
	}
	p->data = (void *)handle;
	*poll = p;
	return 0;
}

int cl_poll_start(uv_poll_t *p, int want) { return uv_poll_start(p, want, on_poll); }

uv_timer_t *cl_timer(uv_loop_t *l, uintptr_t handle) {
	uv_timer_t *t = malloc(sizeof *t);
	uv_timer_init(l, t);
	t->data = (void *)handle;
	return t;
}

void cl_timer_start(uv_timer_t *t, uint64_t ms) {
	uv_update_time(t->loop); // the time of the loop is that of its last wait
	uv_timer_start(t, on_timer, ms, 0);
}

void cl_close_poll(uv_poll_t *p) { uv_close((uv_handle_t *)p, on_closed); }
void cl_close_timer(uv_timer_t *t) { uv_close((uv_handle_t *)t, on_closed); }
