// Package speed measures what a simulated event, a simulated run and a judged run
// cost. It holds benchmarks, and a test of how much memory judged runs allocate:
//
//	go test -bench . ./internal/speed
package speed
