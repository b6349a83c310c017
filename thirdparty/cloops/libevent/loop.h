#include <stdint.h>

#include <event2/event.h>
#include <event2/thread.h>

int cl_set_up(void);
struct event_base *cl_open(const char *method, int flags, struct event **wake, uintptr_t handle);
struct event *cl_event(struct event_base *b, int fd, uintptr_t handle);
int cl_event_start(struct event_base *b, struct event *e, int fd, int want, uintptr_t handle);
struct event *cl_timer(struct event_base *b, uintptr_t handle);
int cl_timer_start(struct event_base *b, struct event *t, int64_t us);
