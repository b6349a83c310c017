package sequence

import (
	"fmt"
	"slices"
	"strings"
)

// Report is the result of a comparison.
type Report struct {
	Sequences int
	Calls     int
	Succeeded int // of Calls
	Median    int // calls of a sequence that count
	Cells     []Cell
	Missing   []string // why the comparison says little, if it does
	Failure   *Failure // the first disagreement, nil if there is none
}

// Need is how much a comparison must have done to prove anything.
type Need struct {
	Hits    int    // of a listed cell in a million calls; in fewer half of its share
	Success int    // of 100 calls
	Median  int    // calls of a sequence that count
	Counts  string // which count
}

// Conclude fills the report: lengths are the calls of each sequence that count.
func (r *Report) Conclude(cells []Cell, lengths []int, need Need) {
	r.Cells = cells
	if n := len(lengths); n > 0 {
		r.Median = slices.Sorted(slices.Values(lengths))[n/2]
	}
	if r.Failure != nil {
		return
	}
	r.Missing = missing(cells, need.Hits, r.Calls)
	if r.Succeeded*100 < r.Calls*need.Success {
		r.Missing = append(r.Missing, fmt.Sprintf("%d of %d calls succeeded, %d %% are needed", r.Succeeded, r.Calls, need.Success))
	}
	if r.Median < need.Median {
		r.Missing = append(r.Missing, fmt.Sprintf("a median of %d calls %s, %d are needed", r.Median, need.Counts, need.Median))
	}
}

// Failure is a disagreement with the calls that lead to it.
type Failure struct {
	Sequence int
	Before   int    // calls that there were before it was shrunk
	Found    string // what it was then
	Script   []string

	What               string // of the last call
	Simulated, Running string
}

// String returns the calls as a script, and both outcomes of the last one.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the kernels disagree in sequence %d, found as %s, shrunk from %d calls to %d:\n", f.Sequence, f.Found, f.Before, len(f.Script))
	for _, line := range f.Script {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	fmt.Fprintf(&b, "  %s\n    simulated: %s\n    running:   %s\n", f.What, f.Simulated, f.Running)
	return b.String()
}
