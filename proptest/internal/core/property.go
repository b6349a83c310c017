package core

// Property is a written rule that subjects are judged by.
type Property struct {
	Name string // of the rule and of its subtest
	Rule string // the sentence
	Why  string // what goes wrong without it
	Must bool   // a violation fails; false: it is reported
}

// Names of the failures that are none of a suite's rules: the run itself broke
// down.
const (
	FailDeadlock = "deadlock"
	FailLivelock = "livelock"
	FailPanic    = "panic"
	FailRun      = "run-error"
	FailHang     = "hang"
)

// Indexes of the breakdowns, counted from the end of a suite's rules.
const (
	breakDeadlock = iota
	breakLivelock
	breakPanic
	breakRun
	breakHang
)

// breakdowns explains the failures that are none of the rules.
var breakdowns = [...]Property{
	breakDeadlock: {FailDeadlock, "a run does not end in a deadlock", "Every task is blocked, no timer is set, and no data is on its way. Perhaps Close did not end Run, or a task holds a lock.", true},
	breakLivelock: {FailLivelock, "a run ends within its budgets", "The subject keeps making calls and gets nowhere.", true},
	breakPanic:    {FailPanic, "nothing panics", "A panic, Goexit or FailNow in a task ended the run.", true},
	breakRun:      {FailRun, "making the subject, running it and closing it succeed", "The subject returned an error, and nothing in the workload is a reason for one.", true},
	breakHang:     {FailHang, "every task makes a simulated call or ends", "A task spins, or it waits for something outside of the simulation, such as a lock whose holder is not running.", true},
}

// Breakdowns returns what a run can break down by, besides the rules of a
// suite: deadlock, livelock, panic, run-error and hang.
func Breakdowns() []Property { return append([]Property(nil), breakdowns[:]...) }

// LookupProperty returns the rule called name, among rules and the breakdowns.
func LookupProperty(rules []Property, name string) (Property, bool) {
	for _, list := range [...][]Property{rules, breakdowns[:]} {
		for _, p := range list {
			if p.Name == name {
				return p, true
			}
		}
	}
	return Property{}, false
}
