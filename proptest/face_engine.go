package proptest

import (
	"testing"

	"reactortest/proptest/internal/core"
	"reactortest/proptest/server"
)

// NewEngine makes the engine under test; see server.NewEngine.
type NewEngine = server.NewEngine

// Engine is a server-shaped subject: it accepts connections, reads from them and calls
// a handler. See server.Engine.
type Engine = server.Engine

// EngineConn is a connection of an Engine; see server.Conn.
type EngineConn = server.Conn

// EngineHandler has the callbacks of an Engine; see server.Handler.
type EngineHandler = server.Handler

// EngineWaker is an EngineConn that can be woken.
type EngineWaker = server.Waker

// EngineWakeHandler is an EngineHandler that is told of wakes. Every handler of
// TestEngine is one.
type EngineWakeHandler = server.WakeHandler

// EngineDescriptor is an EngineConn that tells its handle.
type EngineDescriptor = server.Descriptor

// EngineTimers is an Engine that has timers.
type EngineTimers = server.Timers

// EngineDeclared is what an Engine says of itself, and is judged by.
type EngineDeclared = server.Declared

// EngineDeclarer is an Engine that declares something.
type EngineDeclarer = server.Declarer

// TestEngine judges a server-shaped engine on the simulated kernel, with a subtest for
// each rule of EngineRules below one for the dialect. The first run that breaks a rule
// is shrunk, saved and printed with the command that replays it.
//
//	func TestMyEngine(t *testing.T) { proptest.TestEngine(t, newMine) }
func TestEngine(t *testing.T, subject NewEngine) {
	t.Helper()
	core.Test(t, server.Suite(subject), nil)
}

// TestEngine is the function TestEngine with options. With Options.Host it judges on
// that host too.
func (o *Options) TestEngine(t *testing.T, subject NewEngine) {
	t.Helper()
	core.Test(t, server.Suite(subject), o.core())
}

// TestEngineGoroutines judges an engine that starts goroutines of its own. Each run is a
// bubble of testing/synctest, and the engine's calls reach the simulated kernel through
// bubble.Current: those of rewired modules do. The host that the factory gets is not for
// them. See TestGoroutines.
func TestEngineGoroutines(t *testing.T, subject NewEngine) {
	t.Helper()
	core.Test(t, server.GoroutinesSuite(subject), nil)
}

// TestEngineGoroutines is the function TestEngineGoroutines with options.
func (o *Options) TestEngineGoroutines(t *testing.T, subject NewEngine) {
	t.Helper()
	core.Test(t, server.GoroutinesSuite(subject), o.core())
}

// CheckEngineGoroutines judges an engine that starts goroutines of its own, and does not
// fail the test for what it finds. With Options.RealOnly it judges on Options.Host.
func CheckEngineGoroutines(t *testing.T, subject NewEngine, o *Options) (*Report, error) {
	t.Helper()
	return core.CheckIn(t, server.GoroutinesSuite(subject), o.core())
}

// ReplayEngineGoroutines makes the run of a tape again, as Replay does.
func ReplayEngineGoroutines(t *testing.T, text string, subject NewEngine, o *Options) (*Report, error) {
	t.Helper()
	return core.ReplayIn(t, text, server.GoroutinesSuite(subject), o.core())
}

// CheckEngine judges an engine outside of a test, as Check does a reactor.
func CheckEngine(subject NewEngine, o *Options) (*Report, error) {
	return core.Check(server.Suite(subject), o.core())
}

// ReplayEngine makes the run of a tape again, as Replay does.
func ReplayEngine(text string, subject NewEngine, o *Options) (*Report, error) {
	return core.Replay(text, server.Suite(subject), o.core())
}

// ExplainEngine is Explain for a tape of an engine.
func ExplainEngine(text string, subject NewEngine, o *Options) (*Report, *Explanation, error) {
	return core.Explain(text, server.Suite(subject), o.core())
}

// NewEngineFuzzer returns a fuzzer for an engine, as NewFuzzer does.
func NewEngineFuzzer(subject NewEngine, o *Options) *Fuzzer {
	return core.NewFuzzer(server.Suite(subject), o.core())
}

// EngineRules returns the rules that TestEngine judges by, in a fixed order.
func EngineRules() []Property { return server.Properties() }
