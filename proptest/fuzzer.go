package proptest

import (
	"strings"
	"testing"

	"reactortest/scheduler"
)

// Fuzzer runs one subject on the tapes that somebody else makes up, as
// go test -fuzz does. One goroutine at a time uses it. Package fuzz is its
// usual front.
type Fuzzer struct {
	search *search
}

// NewFuzzer returns a fuzzer with the options of a search; Runs, Strategy and
// Host do not matter.
func NewFuzzer(subject NewReactor, o *Options) *Fuzzer {
	return &Fuzzer{search: newSearch(nil, subject, o.withDefaults())}
}

// Run makes the run that the two byte strings describe and judges it: every
// byte string is a tape, see scheduler.NewReplayBytes. It returns nil if no
// rule was broken; a failure is shrunk and saved. tb names the test that it is
// for. With the flag -reactortest.tape it makes the run of that tape instead.
func (f *Fuzzer) Run(tb testing.TB, workload, tape []byte) (*Failure, error) {
	s := f.search
	s.exec.t = tb
	if s.options.Subject == "" {
		s.options.Subject, _, _ = strings.Cut(tb.Name(), "/")
	}
	if *tapeFlag != "" {
		r, err := replay(tb, *tapeFlag, s.exec.subject, s.options)
		if err != nil {
			return nil, err
		}
		return r.Failure, nil
	}
	out := s.replayLax(string(workload), string(tape), false)
	if out.err != nil || out.violation == nil {
		return nil, out.err
	}
	err := s.fail(0, &out)
	failure := s.report.Failure
	s.report.Failure = nil
	return failure, err
}

// Replay returns the command that makes the run of a failure again.
func (f *Fuzzer) Replay(failure *Failure) string {
	return replayCommand(f.search.options.Subject, failure.Tape)
}

// Close ends the watchdog of the fuzzer.
func (f *Fuzzer) Close() {
	f.search.watchdog.Stop()
	f.search.exec.kernel.Stop()
}

// Tape runs the two byte strings and returns what they amount to: the tape of
// that run, in the digits of which every byte counts. It is for corpora.
func (f *Fuzzer) Tape(workload, tape []byte) scheduler.Tape {
	out := f.search.replayLax(string(workload), string(tape), false)
	return f.search.tape(&out)
}
