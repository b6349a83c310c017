#include <stdint.h>

#include <ev.h>

struct ev_loop *cl_open(unsigned flags, ev_async **wake, uintptr_t handle);
void cl_run(struct ev_loop *l, int while_alive);
void cl_free(struct ev_loop *l, ev_async *wake);
ev_io *cl_io(int fd, uintptr_t handle);
void cl_io_start(struct ev_loop *l, ev_io *w, int want);
ev_timer *cl_timer(uintptr_t handle);
void cl_timer_start(struct ev_loop *l, ev_timer *w, double after);
