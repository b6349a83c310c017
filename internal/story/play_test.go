package story_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/internal/golden"
	"reactortest/internal/story"
)

func parse(t *testing.T, text string) *golden.Script {
	t.Helper()
	s, err := golden.Parse("x", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPlayRefuses(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // the error
		why  string
	}{
		{"pear a A\n", `x:1: there is no command "pear"`, "unknown"},
		{"epoll make p\n", `x:1: there is no command "epoll"`, "unknown second word"},
		{"pair a\n", "x:1: the command is: pair NAME NAME", "a word missing"},
		{"pair a A b\n", "x:1: the command is: pair NAME NAME", "a word too many"},
		{"on a\n", "x:1: the command is: on NAME COMMAND", "no command in it"},
		{"on a pear\n", `x:1: there is no command "pear"`, "checked before it is called"},
		{"at 5ms plan f1\n", "x:1: plan comes before what is played", "set-up in a task"},
		{"pair a A\nplan f1\n", "x:2: plan comes before what is played", "the kernel has started"},
		{"plan x1\n", "x:1: fakedemux: plan", "no such mode"},
		{"option size 3\n", "x:1: an option is", "no such option"},
		{"option buffer many\n", `x:1: "many": a number`, "no number"},
		{"decide order\n", "x:1: deviations", "no decision"},
		{"decide hue#0=1\n", "x:1: deviations", "no such point"},
		{"tape 01\nplan f1\ndecide order#0=1\n", "x:1: a script has a tape or decisions, not both", "which?"},
		{"tape 01\nplan f1\n", "x:1: scheduler: diverged: the run ended after 0 decisions", "a tape that nobody reads"},
		{"plan f1\ndecide order#0=1\n", "x:1: the play did not decide order#0=1", "a decision that nobody asks for"},
		{"read a\n", `x:1: "a" names no open handle`, "unknown name"},
		{"pair a A\nabandon a\nread a\n", `x:3: "a" names no open handle`, "a closed one"},
		{"connect c l\n", `x:1: "l" names no listener`, "unknown listener"},
		{"pair a A\nwrite a *x\n", `x:2: "x": a number`, "no count"},
		{"pair a A\nwatch a x\n", `x:2: "x": what is wanted`, "no interest"},
		{"pair a A\nwatch a r often\n", `x:2: "often": a mode`, "no mode"},
		{"loop 0\n", `x:1: "0": a batch has`, "no room"},
		{"loop 1\nloop 1\n", "x:2: the loop is open already", "twice"},
		{"timer t soon\n", `x:1: "soon": a timer has a time`, "no time"},
		{"iterate 1001\n", "x:1: 1000 iterations at the most", "limit"},
		{"on t run\ntimer t 0s\niterate 1\n", "x:1: run is for the top of a script", "a handler does not run the loop"},
		{"pair a A\nepoll create p\nepoll add p a in|blue\n", `x:3: "blue": the bits are`, "no such bit"},
		{"pair a A\nepoll create p\nepoll add p a in named x\n", "x:3: the command is: epoll add", "no such word"},
		{"epoll create p\nepoll wait p max\n", "x:2: the command is: epoll wait", "max of what"},
		{"kqueue create q\nkqueue change q read a add\n", `x:2: "a" names no open handle`, "unknown name"},
		{"kqueue create q\nkqueue change q look 1 add\n", `x:2: "look": the filters are`, "no such filter"},
		{"kqueue create q\nkqueue change q user one add\n", `x:2: "one": a number`, "no number"},
		{"kqueue create q\nkqueue change q user 1 add|twice\n", `x:2: "twice": the flags are`, "no such flag"},
		{"kqueue create q\nkqueue ask q user 1 add data much\n", "x:2: the command is: kqueue ask", "no number"},
		{"kqueue create q\nkqueue wait q max\n", "x:2: the command is: kqueue wait", "max of what"},
		{"at noon stop\n", `x:1: "noon": a time`, "no time"},
		{"sleep 25h\n", "x:1: 25h0m0s: a story sleeps a day at the most", "limit"},
	} {
		_, err := story.Play(parse(t, tt.text), "epoll")
		var e *golden.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("Play(%q) = %v, want %q: %s", tt.text, err, tt.want, tt.why)
		}
	}
	if _, err := story.Play(parse(t, ""), "poll"); err == nil {
		t.Error("a dialect that nobody speaks is accepted")
	}
}

func TestPlayEnds(t *testing.T) {
	for _, tt := range []struct {
		text string
		want string // the last line
		why  string
	}{
		{"option nopwait2\niterate 1 forever\n", "deadlock at 0s: task main waits in epoll_wait(0)", "nobody wakes the loop"},
		{"sleep 24h\nsleep 1ms\n", "livelock: 24h0m0s virtual time are spent", "the budget of time"},
		{"tape 1\nplan f1-cdfgilnrstuvw\npair a A\npair b B\nepoll create p\nepoll add p a in\nepoll add p b in\n" +
			"write A x\nwrite B x\nepoll wait p\n", "kernel order except: order#0=1", "a tape says where the play is not quiet"},
	} {
		got, err := story.Play(parse(t, tt.text), "epoll")
		lines := strings.Split(strings.TrimSpace(got), "\n")
		if err != nil || lines[len(lines)-1] != tt.want {
			t.Errorf("Play(%q) tells\n%s and %v\nwant %s: %s", tt.text, got, err, tt.want, tt.why)
		}
	}
}

func TestEveryScriptSaysItsFactAndSource(t *testing.T) {
	files, err := filepath.Glob(scripts)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 25 {
		t.Errorf("%d scripts, want 25 or more", len(files))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := golden.Parse(file, text)
		if err != nil {
			t.Fatal(err)
		}
		sourced := false
		for _, source := range []string{"(2)", "(7)", "Rule W", "rule W", "Package ", "package ", "Seen on "} {
			sourced = sourced || strings.Contains(strings.ReplaceAll(s.Doc, "\n", " "), source)
		}
		if !sourced {
			t.Errorf("%s: the comment at the top names no source: %q", file, s.Doc)
		}
	}
}
