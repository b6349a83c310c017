package scheduler

import "fmt"

// Difference is the first decision at which a run asked something else than
// the run that was recorded.
type Difference struct {
	Number int      // of the decision, from 0
	Saved  Decision // the recorded decision; the zero Decision if that run had ended
	Asked  Decision // the decision of this run; the zero Decision if this run had ended
}

// FirstDifference compares the points and bounds of the decisions of two runs and
// returns the first pair that differs. It returns false if all are the same. Use
// it for a saved run that no longer fits the program: make the run of its
// deviations (NewDeviations), and compare.
func FirstDifference(saved, asked []Decision) (Difference, bool) {
	for i := range max(len(saved), len(asked)) {
		d := Difference{Number: i, Saved: decisionAt(saved, i), Asked: decisionAt(asked, i)}
		if d.Saved.Point != d.Asked.Point || d.Saved.N != d.Asked.N {
			return d, true
		}
	}
	return Difference{}, false
}

func decisionAt(list []Decision, i int) Decision {
	if i < len(list) {
		return list[i]
	}
	return Decision{}
}

// String returns "decision 3: the saved run asked order (2 alternatives), this run
// asks task (3 alternatives)".
func (d Difference) String() string {
	switch {
	case d.Saved.N == 0:
		return fmt.Sprintf("decision %d: the saved run had ended before it, this run asks %s (%d alternatives)", d.Number, d.Asked.Point, d.Asked.N)
	case d.Asked.N == 0:
		return fmt.Sprintf("decision %d: the saved run asked %s (%d alternatives), this run had ended before it", d.Number, d.Saved.Point, d.Saved.N)
	default:
		return fmt.Sprintf("decision %d: the saved run asked %s (%d alternatives), this run asks %s (%d alternatives)",
			d.Number, d.Saved.Point, d.Saved.N, d.Asked.Point, d.Asked.N)
	}
}
