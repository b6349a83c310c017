/* An echo server of libev, which has no layer of streams: echo_ev NETWORK ADDRESS. */
#include "bench.h"
#include <ev.h>

struct conn {
	ev_io io;
	int start, end; /* what of rest the socket has not accepted */
	char *rest;
};

static char buf[BUFFER];
static const char *network;

static void end(struct ev_loop *loop, struct conn *c) {
	ev_io_stop(loop, &c->io);
	close(c->io.fd);
	free(c->rest);
	free(c);
}

static void want(struct ev_loop *loop, struct conn *c, int events) {
	ev_io_stop(loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	ev_io_start(loop, &c->io);
}

static void ready(struct ev_loop *loop, ev_io *w, int events) {
	struct conn *c = (struct conn *)w;
	ssize_t n, sent;
	if (events & EV_WRITE) {
		n = write(w->fd, c->rest + c->start, c->end - c->start);
		if (n < 0 && errno == EAGAIN) return;
		if (n < 0) {
			end(loop, c);
			return;
		}
		c->start += n;
		if (c->start == c->end) {
			free(c->rest);
			c->rest = NULL;
			want(loop, c, EV_READ);
		}
		return;
	}
	n = read(w->fd, buf, sizeof buf);
	if (n < 0 && errno == EAGAIN) return;
	if (n <= 0) {
		end(loop, c);
		return;
	}
	sent = write(w->fd, buf, n);
	if (sent < 0 && errno == EAGAIN) sent = 0;
	if (sent < 0) {
		end(loop, c);
		return;
	}
	if (sent < n) {
		c->start = 0;
		c->end = n - sent;
		c->rest = malloc(c->end);
		memcpy(c->rest, buf + sent, c->end);
		want(loop, c, EV_WRITE);
	}
}

static void accepting(struct ev_loop *loop, ev_io *w, int events) {
	(void)events;
	for (int fd; (fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
		struct conn *c = calloc(1, sizeof *c);
		no_delay(network, fd);
		ev_io_init(&c->io, ready, fd, EV_READ);
		ev_io_start(loop, &c->io);
	}
}

int main(int argc, char **argv) {
	struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
	ev_io listener;
	if (argc < 3) return 2;
	many_files();
	network = argv[1];
	ev_io_init(&listener, accepting, listen_on(argv[1], argv[2]), EV_READ);
	ev_io_start(loop, &listener);
	ev_run(loop, 0);
	return 1;
}
