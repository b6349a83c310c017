package fakedemux_test

import (
	"strings"
	"testing"

	"reactortest/fakedemux"
)

func TestParsePlan(t *testing.T) {
	for _, c := range []struct {
		why, text string
		want      fakedemux.Plan
		tape      string // how a tape has it
	}{
		{"the default", "f2", fakedemux.DefaultPlan, "f2odsvcwrilfnpxyb"},
		{"no faults", "f0", fakedemux.Plan{}, "f0odsvcwrilfnpxyb"},
		{"posix", "p1", fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 1}, "p1odsvcwrilfnpxybghe"},
		{"all there is", "a1000", fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 1000}, "a1000odsvcwrilfnpxybgheut"},
		{"classes off", "a1000-in", fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 1000, Off: "in"}, "a1000odsvcwrlfpxybgheut"},
		{"in any order", "f2-ni", fakedemux.Plan{Faults: 2, Off: "in"}, "f2odsvcwrlfpxyb"},
		{"a class that the mode does not have is off anyway", "f2-gi", fakedemux.Plan{Faults: 2, Off: "i"}, "f2odsvcwrlfnpxyb"},
		{"Wake as a switch point", "f2+k", fakedemux.Plan{Faults: 2, WakeSwitches: true}, "f2odsvcwrilfnpxybk"},
		{"that and classes off", "f2-in+k", fakedemux.Plan{Faults: 2, Off: "in", WakeSwitches: true}, "f2odsvcwrlfpxybk"},
		{"every class off", "f2-odsvcwrilfnpxyb", fakedemux.Plan{Faults: 2, Off: "odsvcwrilfnpxyb"}, "f2_"},
		{"that, with switches at Wake", "f2-odsvcwrilfnpxyb+k", fakedemux.Plan{Faults: 2, Off: "odsvcwrilfnpxyb", WakeSwitches: true}, "f2k"},
		{"one class on", "f2d", fakedemux.Plan{Faults: 2, Off: "osvcwrilfnpxyb"}, "f2d"},
		{"classes on in any order", "f2io", fakedemux.Plan{Faults: 2, Off: "dsvcwrlfnpxyb"}, "f2oi"},
	} {
		if got, err := fakedemux.ParsePlan(c.text); err != nil || got != c.want || got.String() != c.tape {
			t.Errorf("%s: ParsePlan(%q) is %+v, written %q, %v", c.why, c.text, got, got, err)
		}
		if got, err := fakedemux.ParseTapePlan(c.tape); err != nil || got != c.want {
			t.Errorf("%s: ParseTapePlan(%q) is %+v, %v", c.why, c.tape, got, err)
		}
		if got, err := fakedemux.ParseTapePlan(c.text); c.text != c.tape && (err == nil || !strings.Contains(err.Error(), c.tape)) {
			t.Errorf("%s: ParseTapePlan(%q) is %+v, %v, want an error with %q", c.why, c.text, got, err, c.tape)
		}
	}
}

func TestParsePlanErrors(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"nothing", "", "begins with f"},
		{"an unknown mode", "x2", "begins with f"},
		{"a letter that is more than one byte", "\u00e92", "begins with f"},
		{"no budget", "f", "0 to 1000"},
		{"a negative budget", "f-2", "0 to 1000"},
		{"too large a budget", "f1001", "0 to 1000"},
		{"a budget beyond any number", "f99999999999999999999", "0 to 1000"},
		{"a second way to write 2", "f02", "0 to 1000"},
		{"a sign", "f+2", "0 to 1000"},
		{"a budget that is no number", "fx", "0 to 1000"},
		{"an unknown class", "f2-z", "'z' is no class of faults"},
		{"an unknown class that is on", "f2z", "'z' is no class of faults"},
		{"two dashes", "f2-i-n", "'-' is no class of faults"},
		{"a dash and nothing: a second way to write f2", "f2-", "after the dash"},
		{"a dash and only a switch", "f2-+k", "after the dash"},
		{"a plus and nothing", "f2+", "only +k"},
		{"a plus and a class", "f2+i", "only +k"},
		{"a class twice", "f2-ii", "'i' is there twice"},
		{"a class on twice", "f2ii", "'i' is there twice"},
		{"a switch twice", "f2kk", "'k' is no class of faults"},
		{"a switch that is switched off", "f2-k", "'k' is no class of faults"},
		{"a class of another mode", "f2g", "'g' is for mode posix, the plan is faithful"},
		{"nothing on and something on", "f2_o", "'_' is no class of faults"},
		{"white space", "f2 ", "' ' is no class of faults"},
	} {
		for name, parse := range map[string]func(string) (fakedemux.Plan, error){
			"ParsePlan": fakedemux.ParsePlan, "ParseTapePlan": fakedemux.ParseTapePlan,
		} {
			if got, err := parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `plan "`+c.text+`"`) {
				t.Errorf("%s: %s(%q) is %+v, %v, want an error with %q that names the input", c.why, name, c.text, got, err, c.want)
			}
		}
	}
}

// A plan that is out of range is refused where it is given, by its field.
func TestPlanValidate(t *testing.T) {
	for _, c := range []struct {
		why  string
		plan fakedemux.Plan
		want string
	}{
		{"an unknown mode", fakedemux.Plan{Mode: 3}, "Plan.Mode is 3"},
		{"a negative budget", fakedemux.Plan{Faults: -1}, "Plan.Faults is -1: it is 0 to 1000"},
		{"too large a budget", fakedemux.Plan{Faults: 1001}, "Plan.Faults is 1001"},
		{"an unknown class", fakedemux.Plan{Off: "z"}, `Plan.Off is "z": 'z' is no class`},
		{"a class twice", fakedemux.Plan{Off: "iki"}, `Plan.Off is "iki"`},
		{"bytes that are no letters", fakedemux.Plan{Off: "\xff"}, "Plan.Off"},
	} {
		if err := c.plan.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
		for name, give := range map[string]func(){
			"New":     func() { fakedemux.New(&fakedemux.Options{Plan: &c.plan}) },
			"SetPlan": func() { fakedemux.New(nil).SetPlan(c.plan) },
		} {
			if said := panicOf(give); said == nil || said.Error() != c.plan.Validate().Error() {
				t.Errorf("%s: %s panics with %v, want %v", c.why, name, said, c.plan.Validate())
			}
		}
	}
}

// panicOf returns the error that f panics with.
func panicOf(f func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	f()
	return nil
}

// Whatever is read from a tape is written as it was, is valid, and is what the
// plan of a command line means.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{"f2", "f2odsvcwrilfnpxybk", "a1000-in+k", "p0_", "f2k", "f2-", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := fakedemux.ParsePlan(text)
		if err != nil {
			return
		}
		if err := p.Validate(); err != nil {
			t.Fatalf("%q is read as %+v: %v", text, p, err)
		}
		if again, err := fakedemux.ParseTapePlan(p.String()); err != nil || again != p {
			t.Fatalf("%q is read as %+v, written %q, read as %+v, %v", text, p, p, again, err)
		}
	})
}
