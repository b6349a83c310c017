package scheduler

import "testing"

var internalA, internalB = NewPoint("internal-a", ""), NewPoint("internal-b", "")

// Another program may give the same points other numbers.
func TestDigestByName(t *testing.T) {
	a, b := internalA, internalB
	before := Digest("w1", []Decision{{Point: a, N: 2, Got: 1}, {Point: b, N: 3, Got: 2}}, "rule")
	exchange := func() {
		points.names[a], points.names[b] = points.names[b], points.names[a]
		points.hash[a], points.hash[b] = points.hash[b], points.hash[a]
	}
	exchange()
	defer exchange()
	after := Digest("w1", []Decision{{Point: b, N: 2, Got: 1}, {Point: a, N: 3, Got: 2}}, "rule")
	if before != after {
		t.Errorf("digest %08x, with the points registered the other way round %08x", before, after)
	}
}
