package story

import (
	"fmt"
	"strconv"
	"strings"

	"reactortest/fakedemux"
	"reactortest/internal/golden"
	"reactortest/scheduler"
)

// budget is what a story may use. Stories are short.
var budget = scheduler.Budget{Steps: 20_000, Decisions: 5_000}

// setup is what the commands at the top of a script say.
type setup struct {
	options fakedemux.Options
	decided []string // deviations, order#0=1
	real    bool
}

func readSetup(s *golden.Script, commands []*command) (*setup, error) {
	u := &setup{options: fakedemux.Options{Budget: budget}}
	for _, c := range commands {
		if c.verb.setup == nil {
			break
		}
		if err := c.verb.setup(u, c.args); err != nil {
			return nil, s.Errorf(c.line, "%v", err)
		}
	}
	if s.Tape != "" && len(u.decided) > 0 {
		return nil, s.Errorf(1, "a script has a tape or decisions, not both")
	}
	return u, nil
}

func (u *setup) plan(args []string) error {
	p, err := fakedemux.ParsePlan(args[0])
	u.options.Plan = &p
	return err
}

func (u *setup) decide(args []string) error {
	u.decided = append(u.decided, args...)
	_, err := u.deviations()
	return err
}

// deviations parses what decide was given.
func (u *setup) deviations() (scheduler.Deviations, error) {
	points := "points"
	for _, d := range u.decided {
		name, _, _ := strings.Cut(d, "#")
		points += " " + name
	}
	return scheduler.ParseDeviations(points + "\ndeviations " + strings.Join(u.decided, " ") + "\n")
}

func (u *setup) option(args []string) error {
	if args[0] == "nopwait2" && len(args) == 1 {
		u.options.NoPwait2 = true
		return nil
	}
	if len(args) != 2 {
		return fmt.Errorf("an option is descriptors N, buffer N or nopwait2")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 || n > maxBytes {
		return fmt.Errorf("%q: a number from 1 to %d", args[1], maxBytes)
	}
	switch args[0] {
	case "descriptors":
		u.options.Descriptors = n
	case "buffer":
		u.options.StreamBuffer = n
	default:
		return fmt.Errorf("an option is descriptors N, buffer N or nopwait2, not %q", args[0])
	}
	return nil
}

// strategy returns who answers the choices of the play.
func (u *setup) strategy(s *golden.Script) (scheduler.Strategy, error) {
	if len(u.decided) == 0 {
		return scheduler.NewReplay(s.Tape, true), nil
	}
	d, err := u.deviations()
	return scheduler.NewDeviations(d), err
}

// checkDecisions returns an error if the play did not ask for something that
// the script decides, and the deviations of the play.
func (u *setup) checkDecisions(made []scheduler.Decision) ([]scheduler.Deviation, error) {
	had := scheduler.FindDeviations(made).List
	for _, want := range u.decided {
		found := false
		for _, d := range had {
			found = found || d.String() == want
		}
		if !found {
			return nil, fmt.Errorf("the play did not decide %s; it decided %v", want, made)
		}
	}
	return had, nil
}
