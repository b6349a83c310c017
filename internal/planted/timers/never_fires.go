package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// NeverFires counts a timer as set and keeps it nowhere: it never runs.
//
// Seen in Tokio, whose sharded timer wheels lost a timer that was inserted while
// the driver computed its sleep (tokio #6683).
func NeverFires(l *loop.Loop) {
	l.Parts.SetTimer = func(t *loop.Timer, _ time.Duration) {
		t.Pending = true
		l.Work++
	}
}
