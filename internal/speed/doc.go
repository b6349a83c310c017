// Package speed measures what a simulated event, a simulated run and a judged run
// cost. It holds benchmarks only:
//
//	go test -bench . ./internal/speed
package speed
