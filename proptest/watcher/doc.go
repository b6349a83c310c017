// Package watcher judges reactors: loops that watch handles, set timers, take
// posts, run and close. Package proptest is its front; its TestReactor is the
// suite of this package.
//
// A run carries out one workload with a new [Reactor] and judges it by
// [Properties]. The judge stands between the reactor and its host: it sees what
// the reactor asks of its demultiplexer and what its functions receive. What the
// reactor says of itself does not count.
package watcher
