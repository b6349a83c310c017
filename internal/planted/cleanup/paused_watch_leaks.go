package cleanup

import "reactortest/internal/planted/loop"

// PausedWatchLeaks does not deregister a watch that wants nothing when it is
// closed. Nothing is armed, but hang-ups are still reported and the
// registration stays.
//
// Seen in a similar form in Tokio, which kept the entry of a registration that
// it could not end (tokio #7773).
func PausedWatchLeaks(l *loop.Loop) {
	deregister := l.Parts.Deregister
	l.Parts.Deregister = func(w *loop.Watch) error {
		if w.Want == 0 {
			return nil
		}
		return deregister(w)
	}
}
