// Package serve has correct servers of six architectures, in parts. Each is an
// Engine as proptest.TestEngine takes them:
//
//	e := serve.Level(host)
//	err := e.Serve("127.0.0.1:80", handler) // until e.Stop
//
// An Engine is one or more loops. A Loop is a thread with a demultiplexer, a queue
// of posted functions and a table of connections. The architectures differ in the
// parts that they give to the loops: how a loop gets a connection, how it learns
// that the connection is ready, and which thread calls the handler.
//
// To make a broken engine, replace one of the Parts before Serve. Package bugs does
// that.
package serve
