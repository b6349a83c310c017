package serve

import "reactortest/demux"

// workers is how many loops or threads of workers an engine has that has several.
const workers = 2

// Handover makes an engine with a loop that accepts and two loops that serve. The first
// hands each connection over by a posted function.
func Handover(h demux.Host) *Engine {
	p := common()
	p.Start, p.Adopt = startWorkers, handOver
	return newEngine(h, p)
}

// startWorkers opens the loops of the workers.
func startWorkers(e *Engine) error {
	for range workers {
		d, err := e.Host.Open()
		if err != nil {
			return err
		}
		w := NewLoop(e, e.Main)
		w.use(d)
		e.Main.Workers = append(e.Main.Workers, w)
	}
	return nil
}

// handOver gives a connection to the next worker. One that stops does not open it.
func handOver(l *Loop, h demux.Handle) {
	w := l.NextWorker()
	err := l.Engine.Parts.Post(w, func() { w.Receive(h) })
	if err != nil {
		l.Engine.Parts.Refuse(l, h)
	}
}

// Receive opens a connection that was handed over.
func (l *Loop) Receive(h demux.Handle) {
	if l.Stopping {
		l.Engine.Parts.Refuse(l, h)
		return
	}
	l.Engine.Parts.Open(l, h)
}

// NextWorker returns the workers in turn.
func (l *Loop) NextWorker() *Loop {
	w := l.Workers[l.next%len(l.Workers)]
	l.next++
	return w
}
