package sequence

import (
	"fmt"
	"slices"
	"strings"
)

// Cell is a row of the table: something that the sequences must have done, and
// how often they have.
type Cell struct {
	Group, Name string
	Hits        int
	Listed      bool // it must have hits
}

// missing returns the listed cells that have too few hits: need is how many a cell
// must have in a million calls; in fewer calls it may have half of its share, for
// want of luck.
func missing(cells []Cell, need, calls int) []string {
	want := need * calls / 1_000_000
	if calls < 1_000_000 {
		want = max(want/2, 1)
	}
	var all []string
	for _, c := range cells {
		if c.Listed && c.Hits < want {
			all = append(all, fmt.Sprintf("%s %s: %d hits, %d are needed", c.Group, c.Name, c.Hits, want))
		}
	}
	return all
}

// ByName sorts cells.
func ByName(cells []Cell) []Cell {
	slices.SortFunc(cells, func(a, b Cell) int { return strings.Compare(a.Name, b.Name) })
	return cells
}
