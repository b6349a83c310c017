package legal

import "reactortest/demux"

// dropsQueue throws away what is posted when it is closed, even if the loop has
// had no turn since.
type dropsQueue struct{ *Loop }

// DropsQueue opens a loop that throws away what is posted when it is closed,
// even if it has had no turn since.
func DropsQueue(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &dropsQueue{l}
	return l, nil
}

func (l *dropsQueue) close() error {
	l.posted.take(all)
	return l.demux.Close()
}
