package demuxsuite

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

// Test judges by the suite called name: by a search where newHost makes simulated
// hosts, and else by one run of each case. A nil newHost is the simulated kernel
// of the options; nil options are the defaults.
func Test(t *testing.T, name string, newHost func(tb testing.TB) demux.Host, o *core.Options) {
	t.Helper()
	if newHost != nil {
		host := newHost(t)
		if host == nil {
			panic("demuxsuite: newHost returned nil: it makes the host whose Open is under test")
		}
		if simulated(host) == nil {
			onRealHost(t, name, newHost, o)
			return
		}
		o = with(host, o)
	}
	o = checked(o)
	if name == CompleterName && !carries(t, newHost, o) {
		t.Run(dialectOf(o), func(t *testing.T) { t.Skip("the demultiplexer carries out no operations") })
		return
	}
	core.Test(t, Suite(name, newHost), o)
}

// onRealHost runs each case once.
func onRealHost(t *testing.T, name string, newHost func(tb testing.TB) demux.Host, o *core.Options) {
	t.Helper()
	if o != nil {
		t.Log("the host is not simulated: each case is run once, without the options of a search")
	}
	if name == CompleterName {
		testSuite(t, completionSuite, newHost)
	} else {
		testSuite(t, readinessSuite, newHost)
	}
}

// Check judges simulated hosts by the suite called name, outside of a test.
func Check(name string, newHost func() demux.Host, o *core.Options) (*core.Report, error) {
	s, o := forCommand(name, newHost, o)
	return core.Check(s, o)
}

// Replay makes the run of a tape again; see core.Replay. The tape names the suite.
func Replay(text string, newHost func() demux.Host, o *core.Options) (*core.Report, error) {
	saved, err := core.ReadTape(text)
	if err != nil {
		return nil, err
	}
	s, o := forCommand(saved.Tape.Suite, newHost, o)
	return core.Replay(text, s, o)
}

// Explain shows the run of a tape beside the nearest passing one; see core.Explain.
func Explain(text string, newHost func() demux.Host, o *core.Options) (*core.Report, *core.Explanation, error) {
	saved, err := core.ReadTape(text)
	if err != nil {
		return nil, nil, err
	}
	s, o := forCommand(saved.Tape.Suite, newHost, o)
	return core.Explain(text, s, o)
}

// forCommand returns the suite and the options of a search outside of a test.
func forCommand(name string, newHost func() demux.Host, o *core.Options) (core.Suite, *core.Options) {
	if newHost == nil {
		return Suite(name, nil), checked(o)
	}
	host := newHost()
	if simulated(host) == nil {
		panic("demuxsuite: the host is not simulated, and a search needs one that is: give one to CheckDemux")
	}
	return Suite(name, func(testing.TB) demux.Host { return newHost() }), checked(with(host, o))
}

// with returns the options for hosts like host, of which nothing else is used.
func with(host demux.Host, o *core.Options) *core.Options {
	k := simulated(host)
	defer k.Stop()
	d := core.Options{}
	if o != nil {
		d = *o
	}
	switch {
	case d.Open != nil:
		panic("demuxsuite: Options.Open and newHost are both given, and each says what Open returns")
	case d.Dialect != "" && d.Dialect != k.Dialect():
		panic(fmt.Sprintf("demuxsuite: Options.Dialect is %q, and newHost makes a kernel of %q", d.Dialect, k.Dialect()))
	}
	d.Dialect = k.Dialect()
	if p, given := k.Plan(); given && d.Plan == nil {
		d.Plan = &p
	}
	return &d
}

// emptyWaits is the letter of the fault that is W1's exception.
const emptyWaits = "u"

// checked returns o. It panics on an option that no suite of demultiplexers has.
func checked(o *core.Options) *core.Options {
	if o == nil {
		o = &core.Options{}
	}
	if o.Host != nil {
		panic("demuxsuite: Options.Host is given: the host under test is the one that newHost makes")
	}
	if p := o.Plan; p != nil && p.Mode == fakedemux.Adversarial && p.Faults > 0 && !strings.Contains(p.Off, emptyWaits) {
		panic(fmt.Sprintf("demuxsuite: Options.Plan is adversarial, and cases do not bear a Wait that returns nothing for no reason: add %q to its Off", emptyWaits))
	}
	return o
}

func dialectOf(o *core.Options) string {
	if o.Dialect == "" {
		return fakedemux.Dialects()[0]
	}
	return o.Dialect
}

// carries reports whether the demultiplexer under test is a completer. One that
// cannot be opened the cases tell of.
func carries(tb testing.TB, newHost func(tb testing.TB) demux.Host, o *core.Options) bool {
	var host demux.Host
	k := fakedemux.New(&fakedemux.Options{Dialect: o.Dialect})
	if host = k; newHost != nil {
		host = newHost(tb)
		k = simulated(host)
	}
	defer k.Stop()
	var d demux.Demux
	var err error
	if o.Open != nil {
		d, err = k.OpenWith(o.Open)
	} else {
		d, err = host.Open()
	}
	if err != nil || d == nil {
		return true
	}
	_, is := d.(demux.Completer)
	_ = d.Close()
	return is
}
