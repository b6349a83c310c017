/* An echo server of libuv, by its streams: echo_uv NETWORK ADDRESS. */
#include "bench.h"
#include <uv.h>

struct rest {
	uv_write_t req;
	char bytes[];
};

static char buf[BUFFER];
static int unixes;

static void closed(uv_handle_t *h) { free(h); }

static void alloc(uv_handle_t *h, size_t n, uv_buf_t *b) {
	(void)h, (void)n;
	*b = uv_buf_init(buf, sizeof buf);
}

static void written(uv_write_t *req, int status) {
	uv_stream_t *s = req->handle;
	free(req);
	if (status < 0) {
		if (!uv_is_closing((uv_handle_t *)s)) uv_close((uv_handle_t *)s, closed);
	}
}

static void readable(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
	uv_buf_t out;
	struct rest *r;
	int sent;
	if (n == 0) return;
	if (n < 0) {
		uv_close((uv_handle_t *)s, closed);
		return;
	}
	out = uv_buf_init(b->base, n);
	sent = uv_try_write(s, &out, 1);
	if (sent == n) return;
	if (sent < 0) sent = 0; /* UV_EAGAIN */
	r = malloc(sizeof *r + n - sent);
	memcpy(r->bytes, b->base + sent, n - sent);
	out = uv_buf_init(r->bytes, n - sent);
	if (uv_write(&r->req, s, &out, 1, written) != 0) exit(1);
}

static void accepting(uv_stream_t *l, int status) {
	uv_stream_t *s;
	if (status < 0) exit(1);
	if (unixes) {
		s = malloc(sizeof(uv_pipe_t));
		uv_pipe_init(l->loop, (uv_pipe_t *)s, 0);
	} else {
		s = malloc(sizeof(uv_tcp_t));
		uv_tcp_init(l->loop, (uv_tcp_t *)s);
	}
	if (uv_accept(l, s) != 0) exit(1);
	if (!unixes) uv_tcp_nodelay((uv_tcp_t *)s, 1);
	if (uv_read_start(s, alloc, readable) != 0) exit(1);
}

int main(int argc, char **argv) {
	union {
		uv_stream_t s;
		uv_tcp_t t;
		uv_pipe_t p;
	} l;
	uv_loop_t *loop = uv_default_loop();
	if (argc < 3) return 2;
	many_files();
	unixes = strcmp(argv[1], "unix") == 0;
	if (unixes) {
		uv_pipe_init(loop, &l.p, 0);
		if (uv_pipe_open(&l.p, listen_on(argv[1], argv[2])) != 0) exit(1);
	} else {
		uv_tcp_init(loop, &l.t);
		if (uv_tcp_open(&l.t, listen_on(argv[1], argv[2])) != 0) exit(1);
	}
	if (uv_listen(&l.s, BACKLOG, accepting) != 0) exit(1);
	uv_run(loop, UV_RUN_DEFAULT);
	return 1;
}
