/* An echo server of libevent, by its bufferevents: echo_event NETWORK ADDRESS. */
#include "bench.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

static const char *network;

static void readable(struct bufferevent *b, void *unused) {
	(void)unused;
	bufferevent_write_buffer(b, bufferevent_get_input(b));
}

static void over(struct bufferevent *b, short what, void *unused) {
	(void)unused;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) bufferevent_free(b);
}

static void accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int n, void *base) {
	struct bufferevent *b = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	(void)l, (void)a, (void)n;
	no_delay(network, fd);
	bufferevent_set_max_single_read(b, BUFFER);
	bufferevent_set_max_single_write(b, BUFFER);
	bufferevent_setcb(b, readable, NULL, over, NULL);
	bufferevent_enable(b, EV_READ | EV_WRITE);
}

int main(int argc, char **argv) {
	struct event_base *base = event_base_new();
	if (argc < 3) return 2;
	many_files();
	network = argv[1];
	if (!evconnlistener_new(base, accepted, base, LEV_OPT_CLOSE_ON_FREE, 0, listen_on(argv[1], argv[2]))) die("evconnlistener_new");
	event_base_dispatch(base);
	return 1;
}
