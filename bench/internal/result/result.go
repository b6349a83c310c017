// Package result has the form in which the programs of this module tell what they have
// measured: one line of JSON each.
package result

import (
	"encoding/json"
	"os"
)

// Result is one measurement. A field that was not measured is -1 or 0.
type Result struct {
	What   string  `json:"what"`             // what was done, as in "dispatch" or "echo"
	Ops    int64   `json:"ops"`              // how often it was done
	NS     int64   `json:"ns"`               // how long that took, in nanoseconds
	CPU    int64   `json:"cpu_ns"`           // the processor time that the measured process used meanwhile, in nanoseconds
	Allocs int64   `json:"allocs"`           // how many objects it allocated meanwhile; -1: not known
	P50    int64   `json:"p50_ns,omitempty"` // median of the latencies
	P99    int64   `json:"p99_ns,omitempty"` // 99th percentile of the latencies
	Calls  int64   `json:"calls,omitempty"`  // system calls of the measured process
	Ctls   int64   `json:"ctls,omitempty"`   // of them epoll_ctl
	Sleeps int64   `json:"sleeps,omitempty"` // of them nanosleep, which the monitor thread of the Go runtime calls
	Way    string  `json:"way,omitempty"`    // how system calls were counted: "tracepoints" or "strace"
	Load   string  `json:"load,omitempty"`   // how the load generator sends: over "io_uring" or "epoll"
	Bytes  int64   `json:"bytes,omitempty"`  // by how much the resident memory grew
	Note   string  `json:"note,omitempty"`   // why there is no result
	Busy   float64 `json:"busy,omitempty"`   // the share of all processors that other programs used
	Again  int     `json:"again,omitempty"`  // how often the measurement was repeated because others were busy
}

// Print writes r to the standard output.
func (r *Result) Print() {
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		panic(err)
	}
}
