package serve

import "reactortest/demux"

// post is the part Post: queue first, then wake.
func (l *Loop) post(fn func()) error {
	l.Engine.Host.Yield("post")
	d, err := l.Push(fn)
	if err != nil || d == nil {
		return err
	}
	l.Engine.Host.Yield("posted")
	_ = d.Wake() // ErrClosed: the loop has taken its queue for the last time
	return nil
}

// Push queues a function. It returns what to wake, nil before Serve.
func (l *Loop) Push(fn func()) (demux.Demux, error) {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	if l.Closed {
		return nil, demux.ErrClosed
	}
	l.Queue = append(l.Queue, fn)
	return l.Demux, nil
}

// take is the part Take.
func (l *Loop) take() []func() {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	queue := l.Queue
	l.Queue = nil
	return queue
}

// runPosted is the part RunPosted. What a function posts runs in the next turn.
func (l *Loop) runPosted() {
	for _, fn := range l.Engine.Parts.Take(l) {
		fn()
	}
}
