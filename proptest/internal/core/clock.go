package core

import "time"

// realClock returns the time since the call, for progress and rates. It decides
// nothing.
func realClock() func() time.Duration {
	began := time.Now()                                      //nolint:forbidigo // rates are of the wall clock
	return func() time.Duration { return time.Since(began) } //nolint:forbidigo // rates are of the wall clock
}
