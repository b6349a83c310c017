#include <stdint.h>

#include <uv.h>

int cl_open(uv_loop_t **loop, uv_async_t **wake, uintptr_t handle);
void cl_run(uv_loop_t *l, uv_async_t *wake, int while_alive);
void cl_free(uv_loop_t *l, uv_async_t *wake);
int cl_poll(uv_loop_t *l, uv_poll_t **poll, int fd, uintptr_t handle);
int cl_poll_start(uv_poll_t *p, int want);
uv_timer_t *cl_timer(uv_loop_t *l, uintptr_t handle);
void cl_timer_start(uv_timer_t *t, uint64_t ms);
void cl_close_poll(uv_poll_t *p);
void cl_close_timer(uv_timer_t *t);
