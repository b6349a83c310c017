/* The parts of a loop that are measured inside one process, as internal/micro does in Go:

	PROGRAM dispatch eventfd|socketpair REGISTERED ACTIVE MILLISECONDS
	PROGRAM timers COUNT

   A program defines dispatch, and timers if it has them. */
#ifndef MICRO_H
#define MICRO_H
#include "bench.h"
#include <fcntl.h>

#define WARM_EVENTS 20000 /* handled before the measurement begins */
#define LOOK_EVERY 256    /* events between two looks at the clock */

static int *fds, *others, registered, pairs;
static int64_t length_ns, handled, began, began_cpu;
static int stopped;

static void dispatch(void);

/* ready is called for each event with the index of its descriptor. It sets stopped at the end. */
static inline void ready(int i) {
	char b = 1;
	int64_t ns;
	if (pairs && (read(fds[i], &b, 1) != 1 || write(others[i], &b, 1) != 1)) die("read or write");
	if (++handled % LOOK_EVERY != 0 || handled < WARM_EVENTS || stopped) return;
	if (began == 0) {
		handled = WARM_EVENTS;
		began_cpu = cpu_ns();
		began = now_ns();
	}
	ns = now_ns() - began;
	if (ns < length_ns) return;
	result("dispatch", handled - WARM_EVENTS, ns, cpu_ns() - began_cpu);
	stopped = 1;
}

/* open_all makes the descriptors. Sockets that are never active are duplicates of one. */
static void open_all(int active) {
	uint64_t one = 1;
	int every = registered / active, p[2], idle[2];
	fds = calloc(registered, sizeof *fds);
	others = calloc(registered, sizeof *others);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, idle) < 0) die("socketpair");
	for (int i = 0; i < registered; i++) {
		int on = i % every == 0 && i / every < active;
		if (pairs && !on) {
			fds[i] = fcntl(idle[0], F_DUPFD_CLOEXEC, 0), others[i] = -1;
		} else if (pairs) {
			if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, p) < 0) die("socketpair");
			fds[i] = p[0], others[i] = p[1];
		} else {
			fds[i] = others[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		}
		if (fds[i] < 0) die("descriptors");
		if (on && write(others[i], &one, pairs ? 1 : 8) < 0) die("write");
	}
}

#ifdef TIMERS
#define FAR_MS 3600000 /* timers that do not fire are due after that, and up to twice that */
#define NEAR_MS (100 + (int)(count * 3 / 2000)) /* timers that fire are due after that, */
#define SPREAD_MS 100  /* and up to that later */

static int64_t count, fired;
static uint64_t sequence = 1;

static int below(int n) {
	sequence = sequence * 6364136223846793005u + 1442695040888963407u;
	return (sequence >> 33) % n;
}

static void schedule(const int *delays); /* set all timers; each calls on_timer */
static void rearm(const int *delays);    /* set them, while they are set, to other delays */
static void cancel(void);
static void fire(void); /* runs the loop until fired is count */

static int measured;

static inline void on_timer(void) {
	if (!measured) {
		fprintf(stderr, "a timer has fired too early\n");
		exit(1);
	}
	fired++;
}

#define MEASURE(what, call)                                            \
	do {                                                           \
		int64_t cpu = cpu_ns(), ns = now_ns();                 \
		call;                                                  \
		result(what, count, now_ns() - ns, cpu_ns() - cpu);    \
	} while (0)

static void timers(void) {
	int *first = calloc(count, sizeof *first), *second = calloc(count, sizeof *second), *soon = calloc(count, sizeof *soon);
	int64_t due;
	for (int64_t i = 0; i < count; i++) {
		first[i] = FAR_MS + below(FAR_MS);
		second[i] = FAR_MS + below(FAR_MS);
		soon[i] = NEAR_MS + below(SPREAD_MS);
	}
	schedule(first);
	rearm(second);
	cancel();
	MEASURE("schedule", schedule(first));
	MEASURE("rearm", rearm(second));
	MEASURE("cancel", cancel());
	schedule(soon);
	due = now_ns() + (NEAR_MS + SPREAD_MS) * 1000000LL;
	while (now_ns() < due) usleep(10000);
	measured = 1;
	MEASURE("fire", fire());
}
#endif

int main(int argc, char **argv) {
	many_files();
	if (argc == 6 && strcmp(argv[1], "dispatch") == 0) {
		pairs = strcmp(argv[2], "socketpair") == 0;
		registered = atoi(argv[3]);
		length_ns = atoll(argv[5]) * 1000000;
		open_all(atoi(argv[4]));
		dispatch();
		return 0;
	}
#ifdef TIMERS
	if (argc == 3 && strcmp(argv[1], "timers") == 0) {
		count = atoll(argv[2]);
		timers();
		return 0;
	}
#endif
	fprintf(stderr, "cannot do that\n");
	return 2;
}
#endif
