package core

import "slices"

// sketchSize is how many digests a sketch keeps.
const sketchSize = 4096

// sketch counts different digests in bounded memory: it keeps the smallest ones.
// Up to sketchSize it is exact; beyond that it is an estimate, good to a few
// percent (Bar-Yossef et al., "Counting Distinct Elements in a Data Stream",
// 2002). What it holds does not depend on the order in which digests came, so
// sketches of parts of a search add up to that of the whole.
type sketch struct {
	small []uint64 // sorted, no two alike
}

func (s *sketch) add(digest uint64) {
	full := len(s.small) == sketchSize
	if full && digest >= s.small[sketchSize-1] {
		return
	}
	i, found := slices.BinarySearch(s.small, digest)
	if found {
		return
	}
	if full {
		s.small = s.small[:sketchSize-1]
	}
	s.small = slices.Insert(s.small, i, digest)
}

func (s *sketch) merge(other *sketch) {
	for _, digest := range other.small {
		s.add(digest)
	}
}

// count returns how many different digests were added, limit at the most.
func (s *sketch) count(limit int) int {
	if len(s.small) < sketchSize {
		return len(s.small)
	}
	largest := float64(s.small[sketchSize-1]) / (1 << 64)
	return min(int(float64(sketchSize-1)/largest), limit)
}
