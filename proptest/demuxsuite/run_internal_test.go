package demuxsuite

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// hung is a demux whose Wait never returns, on a host without tasks.
type hung struct{ demux.Demux }

func (hung) Wait([]demux.Event, time.Duration) (int, error) { select {} }

type hungHost struct{ *fakedemux.Kernel }

func (h hungHost) Open() (demux.Demux, error) {
	d, err := h.Kernel.Open()
	return hung{d}, err
}

func (hungHost) Run(main func()) error {
	main()
	return nil
}

func TestDemuxEndsAHang(t *testing.T) {
	c := ruleCase{"hang", func(c *checker) { c.wait(c.open(), make([]demux.Event, 1), 0) }}
	got := runCase(hungHost{fakedemux.New(nil)}, "W1", c, time.Millisecond)
	if len(got.failures) != 1 || !strings.Contains(got.failures[0].text, "hangs") {
		t.Errorf("a Wait that never returns: got %v, want one failure that says so", got.failures)
	}
}

func TestDemuxFailureNamesRuleAndPlace(t *testing.T) {
	failures := judgePlanted("W4", func(_ *plantedHost, d demux.Demux) demux.Demux {
		p := &planted{Demux: d}
		p.wait = mapEvents(d, func(*demux.Event) bool { return false })
		return p
	})
	if len(failures) == 0 {
		t.Fatal("no failure")
	}
	got := failures[0].String()
	for _, want := range []string{"W4: ", "rule: While the condition of a level registration holds,", "cases_modes.go:"} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure lacks %q:\n%s", want, got)
		}
	}
}

func TestDemuxPanicIsAFailure(t *testing.T) {
	c := ruleCase{"panic", func(c *checker) {
		task := c.start("task", func() { panic("in a task") })
		c.join(task)
		panic("in the case")
	}}
	got := runCase(fakedemux.New(nil), "W1", c, defaultPatience)
	text := fmt.Sprint(got.failures)
	if len(got.failures) != 2 || !strings.Contains(text, "in a task") || !strings.Contains(text, "in the case") {
		t.Errorf("got %v, want both panics", got.failures)
	}
}

// TestDemuxRulesAreTheContracts compares the sentences of the failure messages
// with docs/contract.md.
func TestDemuxRulesAreTheContracts(t *testing.T) {
	source, err := os.ReadFile("../../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Join(strings.Fields(string(source)), " ")
	for i, r := range DemuxRules() {
		if want := fmt.Sprintf("W%d", i+1); r.Name != want || readinessSuite[i].rule != want {
			t.Errorf("rule %d is %s, with the cases of %s", i+1, r.Name, readinessSuite[i].rule)
		}
		if !regexp.MustCompile(`### ` + r.Name + `, [^.#]+ ` + regexp.QuoteMeta(r.Rule)).MatchString(doc) {
			t.Errorf("%s: docs/contract.md does not say %q", r.Name, r.Rule)
		}
		if r.Must == (r.Name == "W10") || r.Why == "" {
			t.Errorf("%s: Must %v, Why %q", r.Name, r.Must, r.Why)
		}
	}
}
