//go:build cloops

#include <string.h>

#include "loop.h"
#include "_cgo_export.h"

static void *new_lock(unsigned type) { return (void *)eventNewLock(type); }
static void free_lock(void *lock, unsigned type) { eventFreeLock((uintptr_t)lock); }
static int take_lock(unsigned mode, void *lock) { return eventTakeLock((uintptr_t)lock, mode); }
static int give_lock(unsigned mode, void *lock) { return eventGiveLock((uintptr_t)lock); }
static unsigned long thread(void) { return eventThread(); }

static void no_log(int severity, const char *text) {}

// cl_set_up gives libevent locks that wait in the kernel of the run: the lock of a base is
// held over the call that wakes it.
int cl_set_up(void) {
	struct evthread_lock_callbacks locks = {
		EVTHREAD_LOCK_API_VERSION, EVTHREAD_LOCKTYPE_RECURSIVE, new_lock, free_lock, take_lock, give_lock,
	};
	event_set_log_callback(no_log);
	evthread_set_id_callback(thread);
	return evthread_set_lock_callbacks(&locks);
}

static void on_wake(evutil_socket_t fd, short got, void *handle) { eventWoken((uintptr_t)handle); }
static void on_event(evutil_socket_t fd, short got, void *handle) { eventReady((uintptr_t)handle, got); }
static void on_timer(evutil_socket_t fd, short got, void *handle) { eventFired((uintptr_t)handle); }

struct event_base *cl_open(const char *method, int flags, struct event **wake, uintptr_t handle) {
	static const char *methods[] = {"epoll", "poll", "select"};
	struct event_config *config = event_config_new();
	for (int i = 0; i < 3; i++)
		if (strcmp(methods[i], method) != 0)
			event_config_avoid_method(config, methods[i]);
	event_config_set_flag(config, flags | EVENT_BASE_FLAG_IGNORE_ENV);
	struct event_base *b = event_base_new_with_config(config);
	event_config_free(config);
	if (b)
		*wake = event_new(b, -1, 0, on_wake, (void *)handle);
	return b;
}

struct event *cl_event(struct event_base *b, int fd, uintptr_t handle) {
	return event_new(b, fd, 0, on_event, (void *)handle);
}

int cl_event_start(struct event_base *b, struct event *e, int fd, int want, uintptr_t handle) {
	if (event_del(e) != 0)
		return -1;
	if ((want & (EV_READ | EV_WRITE)) == 0)
		return 0;
	if (event_assign(e, b, fd, want | EV_PERSIST, on_event, (void *)handle) != 0)
		return -1;
	return event_add(e, NULL);
}

struct event *cl_timer(struct event_base *b, uintptr_t handle) { return evtimer_new(b, on_timer, (void *)handle); }

int cl_timer_start(struct event_base *b, struct event *t, int64_t us) {
	struct timeval after = {us / 1000000, us % 1000000};
	event_base_update_cache_time(b); // the time of the base is that of its last wait
	return evtimer_add(t, &after);
}
