package core

import "errors"

// Verdict says which rule a failure of TB breaks, in this run: t.Errorf is the
// subject's verdict of itself. Without it a failure breaks run-error.
func (c *Case) Verdict(rule int) { c.verdict = rule }

// failTest records that the subject has failed its case.
func (c *Case) failTest(text string) {
	if c.verdict >= len(c.rules)-len(breakdowns) {
		c.FailRun("the subject failed its case: %s", text)
		return
	}
	if c.Broken() {
		return
	}
	e := Entry{Kind: EntryFailed, Text: c.Say("failed: %s", text)}
	if c.Kernel != nil {
		if t := c.Kernel.Tasks().Current(); t != nil {
			e.ID = t.Number()
		}
	}
	c.Fail(c.verdict, c.Note(e), "%s", text)
}

// RunCleanups calls what TB.Cleanup was given, the last one first, in the
// current task. Without it they are called after the run, outside of any task.
func (c *Case) RunCleanups() { c.tb.runCleanups() }

// Over reports whether a simulated run has broken down and is cleaned up after.
// No call of its kernel can be made then.
func (c *Case) Over() bool { return c.over }

// End ends a simulated run whose verdict is known, whatever its tasks still do.
func (c *Case) End() {
	if c.Kernel != nil {
		c.Kernel.Tasks().Fail(errEnded)
	}
}

// errEnded ends a run that Case.End was called for.
var errEnded = errors.New("the run has ended")

// IsEnd reports whether err is of a run that Case.End was called for: it is over with its
// verdict.
func IsEnd(err error) bool { return errors.Is(err, errEnded) }

// Abandon ends a run without a verdict: what comes is not judged.
func (c *Case) Abandon() {
	c.abandoned = true
	c.End()
}

// Abandoned reports whether Abandon was called.
func (c *Case) Abandoned() bool { return c.abandoned }

// ExpectPanic says that a panic with cause, in any task, ends the run without a
// verdict.
func (c *Case) ExpectPanic(cause any) { c.expected = cause }
