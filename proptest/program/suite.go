package program

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// SuiteName is the SUITE segment of tapes.
const SuiteName = "program"

// Program is a function of a host, under test. It fails its run with t. It is
// called once a run, in a task of its own.
type Program func(t testing.TB, h demux.Host)

// suite judges one program.
type suite struct{ subject Program }

// Suite returns the suite that judges subject, for package proptest.
func Suite(subject Program) core.Suite {
	if subject == nil {
		panic("proptest: the program is nil: give a function of a testing.TB and a demux.Host")
	}
	return suite{subject}
}

func (s suite) Name() string                    { return SuiteName }
func (s suite) Properties() []core.Property     { return properties[:] }
func (s suite) NewRunner() core.Runner          { return &runner{subject: s.subject} }
func (s suite) Draw(*core.Drawer) core.Workload { return plain }

// Counts reports that every run counts: a program may be as short as it likes.
func (s suite) Counts(int, int) bool { return true }

// Final says that a run is over with its verdict, and with tasks that do not end:
// what they left behind is no finding of its own.
func (s suite) Final(rule int) bool { return rule == rulePasses || rule == ruleEndsTasks }

// machine is the workload of a program: what it runs on. What it does there is
// its own affair.
type machine struct {
	buffer int // bytes that a stream holds in each direction; 0: the kernel's default
	files  int // descriptors that may be open at once
	calls  int // budget of simulated calls
}

// version is the first element of the text of a workload.
const version = "p1"

// Limits and defaults of a machine.
const (
	minBuffer, maxBuffer = 1, 1 << 20
	minFiles, maxFiles   = 8, 1 << 16
	minCalls, maxCalls   = 1000, 100_000_000

	defaultFiles = 1024
	defaultCalls = 50_000
)

// Words of an element.
const (
	wordBuffer = "buffer"
	wordFiles  = "files"
	wordCalls  = "calls"
)

var plain = &machine{files: defaultFiles, calls: defaultCalls}

// String returns the text of m: what differs from the default.
func (m *machine) String() string {
	text := []string{version}
	add := func(word string, n, standard int) {
		if n != standard {
			text = append(text, fmt.Sprintf("%s.%d", word, n))
		}
	}
	add(wordBuffer, m.buffer, 0)
	add(wordFiles, m.files, defaultFiles)
	add(wordCalls, m.calls, defaultCalls)
	return strings.Join(text, "+")
}

// Parse reads what String wrote.
func (s suite) Parse(text string) (core.Workload, error) {
	if text == core.PlainWorkload {
		return plain, nil
	}
	elements, err := core.ParseElements(text, version)
	if err != nil {
		return nil, err
	}
	m := *plain
	for _, e := range elements {
		if err := m.set(e); err != nil {
			return nil, fmt.Errorf("element %q: %w", e, err)
		}
	}
	if m.String() != text {
		return nil, fmt.Errorf("a machine has buffer, files and calls, in this order, each once and not at its default: this is written %q", m.String())
	}
	return &m, nil
}

// set takes one element.
func (m *machine) set(e core.Element) error {
	fields := map[string]struct {
		field       *int
		least, most int
	}{
		wordBuffer: {&m.buffer, minBuffer, maxBuffer},
		wordFiles:  {&m.files, minFiles, maxFiles},
		wordCalls:  {&m.calls, minCalls, maxCalls},
	}
	f, known := fields[e[0].Atom(0)]
	if !known || len(e) != 1 || len(e[0]) != 2 {
		return fmt.Errorf("an element is %s, %s or %s with a number, as %s.64", wordBuffer, wordFiles, wordCalls, wordBuffer)
	}
	n, err := core.ParseNumber(e[0][1], f.most)
	if err != nil {
		return err
	}
	if n < f.least {
		return fmt.Errorf("%d is less than %d", n, f.least)
	}
	*f.field = n
	return nil
}

// callsPerCost is how many calls of the budget the core grants for each call of a
// Cost, and callsBase how many come with every run.
const (
	callsPerCost = 64
	callsBase    = 20_000
)

// Cost says what the program may need. The runner sets the descriptors.
func (m *machine) Cost() core.Cost {
	return core.Cost{Calls: (m.calls - callsBase) / callsPerCost, Time: time.Hour}
}
