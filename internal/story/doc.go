// Package story plays golden scripts on a kernel: small stories of handles, a
// reactor and what both do. Package golden has the format of the files; this
// is the language of their commands.
//
// A command that has something to tell prints itself and its result, as in
//
//	read a = "x"
//
// What cannot fail to be seen elsewhere is told too; a success that says
// nothing is silent. A failure prints the name of the error, EBADF.
//
// Before all others, how the kernel is set up:
//
//	plan f2              which faults it may have; fakedemux.ParsePlan
//	decide order#0=1 ... decisions that are not quiet; scheduler.Deviation
//	option descriptors 8 | buffer 4096 | nopwait2
//	real                 the running kernel gives the same output, and is asked
//
// Handles. Every word in small letters is a name that the script makes up:
//
//	pair a A             two streams, connected to each other
//	pipe r w
//	listen l [BACKLOG]
//	connect c l          start to connect to the listener l; "nobody" is an
//	                     address where nobody listens
//	result c             how the connect ended
//	accept l s
//	dup a b
//	file f               a regular file
//	eventfd e [N] [blocking]
//	write A TEXT         or *N for N bytes; "nothing" is TEXT in quotes
//	fill A               write until it would block
//	read a [N]           up to N bytes
//	drain a              read until it would block, or the end, or an error
//	add e N, take e      write and read the counter of an eventfd
//	shut A               end the direction that A sends in
//	close a              and its registration before; nothing if it is closed
//	abandon a            close the handle, and leave its registration
//	number a             the descriptor's number
//	leaks                what is open
//
// The reactor, package eventloop. It is opened by the first of these:
//
//	loop N               with batches of N events
//	watch a rw [level|edge|oneshot|edge-oneshot]   or - for no interest
//	modify a r [MODE]
//	unwatch a [x]        x is called when the registration is closed for good
//	post x
//	timer x 5ms
//	cancel x
//	iterate N [5ms|forever]   run N iterations that wait so long, 0s if not said
//	run                  until stop
//	run-alive            until nothing is left to wait for
//	stop                 close the loop
//	on a COMMAND         what the function of a watch, post or timer does; more
//	                     than one in their order
//
// The loop tells each step: what it waited for and got, each event that it
// dispatched or dropped, each function that it called. What a function does
// stands below, indented.
//
//	#1 wait 0s     a:r b:r
//	#1 dispatch a  r
//	   read a = "x"
//	#1 drop b      r  stale
//
// The kernel's own calls:
//
//	epoll create p
//	epoll add p a in|et [as NAME]     as: the user data, a if not said
//	epoll mod p a out|oneshot [as NAME]
//	epoll del p a
//	epoll wait p [max N] [20ms|forever]
//
// and a BSD's, on the simulated kernel only:
//
//	kqueue create q
//	kqueue change q read a add|clear [data N] [note N] [as NAME]
//	                     filters: read write vnode proc signal timer user; the
//	                     ident of the last four is a number. Flags: add delete
//	                     enable disable oneshot clear receipt dispatch, or -
//	kqueue ask q ...     the same with room for one event
//	kqueue wait q [max N] [20ms|forever]
//
// An event is told as a:read=5 with its data, a:read|eof=0!ECONNRESET with the
// end and the error in fflags, a:error=EBADF and a:receipt with EV_ERROR.
//
// Time and tasks, on the simulated kernel only. What they do is told with the
// time or the task before it:
//
//	at 5ms COMMAND       in a task of its own, when that much time has passed
//	go NAME COMMAND      in a task called NAME
//	sleep 5ms
package story
