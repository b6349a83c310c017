// Package stream serves connections on an eventloop.Loop: it accepts and connects, reads,
// queues what is written until the peer takes it, and ends connections without losing
// bytes. It starts no goroutine; the Run of a Group starts one for each loop but the first.
//
//	n := stream.New(loop, nil)
//	l, err := n.Listen("127.0.0.1:7007", &stream.Handler{
//		Data: func(c *stream.Conn, b []byte) { _ = c.Write(b) },
//	})
//	...
//	err = loop.Run(ctx)
//
// All callbacks run on the loop, one at a time. Only the loop's goroutine may call the
// methods of a Net, a Listener or a Conn: from a callback, or from a function given to
// Loop.Post.
//
// # Flow control
//
// Write never blocks. It keeps what the socket does not take. While a connection has more
// than Options.HighWater bytes queued, nothing is read from it, so that a peer that does not
// read what it asked for cannot make the queue grow. Reading continues when the queue has
// fallen to Options.LowWater, and Drain is called. A handler that writes to another
// connection than the one that it reads from looks at Full, and calls Pause and Resume.
//
// # Lines
//
// A Handler with a Split gets lines, or other tokens, however the bytes arrive:
//
//	&stream.Handler{Split: bufio.ScanLines, MaxToken: 512, Data: line}
//
// # The end of a connection
//
// The peer has ended its direction: End is called. Without an End, the connection is closed
// as Close does, so that the peer gets the answers that are queued.
//
// Close sends what is queued, ends this direction, and waits until the peer has ended its
// own. If nothing moves for Options.CloseTimeout, it gives up. A connection that is closed
// while bytes are unread would be reset instead, and the peer could lose what was sent
// last. Abort ends the connection at once.
//
// However it ends, Closed is called once, last, in the loop's closing phase. The handle of
// the connection is closed after that. Nothing ends when Loop.Run returns because its context
// is done: the connections wait for the next Run. To end them, call Close or Shutdown of the
// Net, run the loop until Conns is 0, and close it.
//
// # Panics
//
// If a callback panics, its connection ends as by Abort, and the panic goes on to the caller
// of Loop.Run. Other connections lose nothing: Run can be called again.
//
// A Net works over every demux.Host. Handlers are therefore tested on a simulated kernel
// with proptest.TestProgram: see docs/streams.md.
package stream
