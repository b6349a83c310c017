/* An echo server on epoll: echo_epoll NETWORK ADDRESS [idle]. */
#include "bench.h"

struct conn {
	int fd;
	int start, end; /* what of rest the socket has not accepted */
	char *rest;
};

static char buf[BUFFER];
static int epfd;

static void want(struct conn *c, uint32_t events, int op) {
	struct epoll_event ev = {.events = events, .data.ptr = c};
	if (epoll_ctl(epfd, op, c->fd, &ev) < 0) die("epoll_ctl");
}

static void end(struct conn *c) {
	close(c->fd);
	free(c->rest);
	free(c);
}

static void flush(struct conn *c) {
	ssize_t n = write(c->fd, c->rest + c->start, c->end - c->start);
	if (n < 0) {
		if (errno != EAGAIN) end(c);
		return;
	}
	c->start += n;
	if (c->start == c->end) {
		free(c->rest);
		c->rest = NULL;
		want(c, EPOLLIN, EPOLL_CTL_MOD);
	}
}

static void echo(struct conn *c) {
	ssize_t n = read(c->fd, buf, sizeof buf), sent;
	if (n < 0 && errno == EAGAIN) return;
	if (n <= 0) {
		end(c);
		return;
	}
	sent = write(c->fd, buf, n);
	if (sent < 0 && errno == EAGAIN) sent = 0;
	if (sent < 0) {
		end(c);
		return;
	}
	if (sent < n) {
		c->start = 0;
		c->end = n - sent;
		c->rest = malloc(c->end);
		memcpy(c->rest, buf + sent, c->end);
		want(c, EPOLLOUT, EPOLL_CTL_MOD);
	}
}

int main(int argc, char **argv) {
	static struct epoll_event events[1024];
	struct conn listener = {0};
	if (argc < 3) return 2;
	many_files();
	if (argc > 3 && strcmp(argv[3], "idle") == 0) start_idle_thread();
	listener.fd = listen_on(argv[1], argv[2]);
	epfd = epoll_create1(EPOLL_CLOEXEC);
	want(&listener, EPOLLIN, EPOLL_CTL_ADD);
	for (;;) {
		int n = epoll_wait(epfd, events, 1024, -1);
		if (n < 0 && errno != EINTR) die("epoll_wait");
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (c != &listener) {
				if (events[i].events & EPOLLOUT) flush(c);
				else echo(c);
				continue;
			}
			for (int fd; (fd = accept4(listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
				c = calloc(1, sizeof *c);
				c->fd = fd;
				no_delay(argv[1], fd);
				want(c, EPOLLIN, EPOLL_CTL_ADD);
			}
		}
	}
}
