package scheduler

import (
	"fmt"
	"sync"
)

// MaxAlternatives is the largest N of a Choice, because the digits of a tape are
// 0-9A-Za-z. Recorder.Pick asks for larger numbers digit by digit.
const MaxAlternatives = 62

// Point names what a choice decides: "task", "order", "short-write". The
// zero Point is not a point.
type Point uint8

// points is the register of choice points. It is written while packages are
// initialised and read afterwards.
var points = struct {
	sync.RWMutex
	names []string
	texts []string
	hash  []uint32
}{names: []string{"none"}, texts: []string{""}, hash: []uint32{0}}

// PointTask decides which task or pending step acts next.
var PointTask = NewPoint("task", "Which task, or which pending step of the network or the kernel, acts next. "+
	"Alternative 0 is the task that ran last, if it can go on: another answer is a preemption.")

// NewPoint registers a choice point. The name is a lower-case word, dashes
// allowed: tapes and reports print it. text says what is decided, and what
// alternative 0 is. Call it from a package variable; it panics if the name is
// malformed or taken, or after 255 points.
func NewPoint(name, text string) Point {
	if !pointName(name) {
		panic(fmt.Sprintf("scheduler: bad name of a choice point: %q", name))
	}
	points.Lock()
	defer points.Unlock()
	for _, have := range points.names {
		if have == name {
			panic("scheduler: choice point registered twice: " + name)
		}
	}
	if len(points.names) > 255 {
		panic("scheduler: more than 255 choice points")
	}
	points.names = append(points.names, name)
	points.texts = append(points.texts, text)
	points.hash = append(points.hash, hashString(name))
	return Point(len(points.names) - 1)
}

// ParsePoint returns the registered point called name, and whether there is
// one.
func ParsePoint(name string) (Point, bool) {
	points.RLock()
	defer points.RUnlock()
	for i, have := range points.names {
		if i > 0 && have == name {
			return Point(i), true
		}
	}
	return 0, false
}

// Points returns every registered point, in the order of registration.
func Points() []Point {
	points.RLock()
	defer points.RUnlock()
	all := make([]Point, 0, len(points.names)-1)
	for i := 1; i < len(points.names); i++ {
		all = append(all, Point(i))
	}
	return all
}

// String returns the name under which p was registered.
func (p Point) String() string {
	points.RLock()
	defer points.RUnlock()
	if int(p) < len(points.names) {
		return points.names[p]
	}
	return fmt.Sprintf("point(%d)", uint8(p))
}

// Text says what p decides, as NewPoint was told.
func (p Point) Text() string {
	points.RLock()
	defer points.RUnlock()
	if int(p) < len(points.texts) {
		return points.texts[p]
	}
	return ""
}

// pointHash is independent of the order of registration, so that a digest
// means the same in every program.
func pointHash(p Point) uint32 {
	points.RLock()
	defer points.RUnlock()
	if int(p) < len(points.hash) {
		return points.hash[p]
	}
	return 0
}

func pointName(s string) bool {
	if s == "" || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}

// hashString is 32-bit FNV-1a.
func hashString(s string) uint32 { return hashOn(2166136261, s) }

// hashOn is hashString of s after what h is the hash of.
func hashOn(h uint32, s string) uint32 {
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h
}

// Choice is one question to a strategy. Callers keep one and reuse it.
type Choice struct {
	Point Point         // what is decided
	N     int           // alternatives, 2..MaxAlternatives; 0 is the quiet one
	Quiet uint8         // of 256, how often a sampling strategy takes 0 at a choice without Alts; 0 = uniform
	Alts  []Alternative // nil (a fault) or N of them; valid during the call
	Limit int           // of an amount: the most there is, which is alternative 0; see Rung. Elsewhere 0
}

// Alternative describes one answer to a choice: the actor that would act.
type Alternative struct {
	Actor  uint64 // task, connection, timer: the same in every run with the same past
	Step   uint64 // its next step; unchanged until it is taken
	Object uint64 // what that step touches, 0 = anything
	Reads  bool   // the step only reads Object; steps on different objects, and two reads, commute
}

// Strategy answers the choices of runs, one run after another. A strategy
// lives across runs and is used by one goroutine at a time.
type Strategy interface {
	// Begin starts a run, numbered from 0. It returns false when the search
	// is over.
	Begin(run int) bool
	// Choose returns an alternative, 0 to c.N-1. It does not keep c.
	Choose(c *Choice) int
	// End tells how the run ended.
	End(r Result)
}

// Result is how a run ended, as a strategy sees it.
type Result struct {
	Failed    bool     // a rule was broken
	Decisions int      // how many choices were asked
	Steps     []uint64 // simulated calls by task, in the order the tasks were started; valid during End
	Truncated bool     // a budget ended the run: what came after it is unknown
}
