package readme_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	// What the commands below are made of: without it go test would take this
	// test's last result for the present one.
	_ "reactortest/fuzz"
	_ "reactortest/internal/planted"
	_ "reactortest/realdemux"
)

var update = flag.Bool("update", false, "write the programs and screens in README.md anew")

const (
	root   = "../.."
	readme = root + "/README.md"

	failurePage = root + "/docs/read-a-failure.md"
)

// programs are the files that the blocks of Go code show, in their order.
var programs = []string{"examples/testdata/failing/hasty_test.go", "examples/own/own_test.go", "examples/echo/main.go"}

// step is how a command of README.md is carried out here.
type step struct {
	why  string
	run  func(t *testing.T, p *play, words []string) (string, int)
	code int                        // exit status
	show func(output string) string // what of the output is the next screen; nil: there is none
}

var steps = map[string]step{
	"go run ./cmd/reactortest check":                              {why: "in full: it is the main job", run: command},
	"go test ./...":                                               {why: "runs this test: the gate has it", run: inGate},
	"go test ./examples/testdata/failing":                         {why: "fails, as it says", run: goTest, code: 1, show: testScreen},
	"go test ./examples/own":                                      {why: "passes", run: goTest},
	"go run ./examples/echo":                                      {why: "until it is interrupted", run: interrupted},
	"go test ./examples/echo":                                     {why: "passes", run: goTest},
	"go run ./cmd/reactortest fidelity -calls 1000000":            {why: "the same with fewer calls", run: fewerCalls},
	"go run ./cmd/reactortest check -demux":                       {why: "passes", run: command},
	"go run ./cmd/reactortest engines -quick":                     {why: "needs the module proxy, and minutes: the gate has it", run: inGate},
	"go run ./cmd/reactortest subjects":                           {why: "lists", run: command},
	"go run ./cmd/reactortest check -subject planted/stale-event": {why: "fails", run: command, code: 1, show: commandScreen},
	"go run ./cmd/reactortest explain -rule no-stale-dispatch":    {why: "explains", run: command},
	"go run ./cmd/reactortest replay testdata/reactortest/reactor-no-stale-dispatch-*.txt": {
		why: "what was saved above fails again", run: command, code: 1,
	},
	"go run ./cmd/reactortest explain -html run.html -trace run.json testdata/reactortest/reactor-no-stale-dispatch-*.txt": {
		why: "shows it, in three ways", run: explained, code: 1,
	},
	"go test -run FuzzMine -fuzz FuzzMine -fuzztime 30s -fuzzminimizetime 1x ./examples/own": {
		why: "the same for a moment", run: fuzzShortly,
	},
	"go mod edit -require reactortest@v0.0.0 -replace reactortest=../reactortest": {why: "in a module made for it", run: newModule},
	"go mod tidy": {why: "and the program above passes there", run: tidyModule},
}

// sources reads the files that no import names, for the same reason.
func sources(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"cmd/reactortest/*.go", "examples/own/*.go", "examples/echo/*.go", "examples/testdata/failing/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, name := range files {
			if _, err := os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestReadme plays README.md from top to bottom.
func TestReadme(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the real kernel is Linux, and so are the screens")
	}
	sources(t)
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	p := &play{dir: t.TempDir(), programs: programs, played: map[string]bool{}}
	blocks := regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")
	got := blocks.ReplaceAllFunc(text, func(block []byte) []byte {
		part := blocks.FindSubmatch(block)
		return []byte("```" + string(part[1]) + "\n" + p.block(t, string(part[1]), string(part[2])) + "```")
	})
	for line := range steps {
		if !p.played[line] {
			t.Errorf("README.md does not have the command %q", line)
		}
	}
	if len(p.programs) > 0 {
		t.Errorf("README.md does not show %v", p.programs)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(readme, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sameScreen(t, got)
}

// sameScreen compares the screen that docs/read-a-failure.md explains with that of
// README.md.
func sameScreen(t *testing.T, readme []byte) {
	t.Helper()
	text, err := os.ReadFile(failurePage)
	if err != nil {
		t.Fatal(err)
	}
	screen := regexp.MustCompile("(?ms)^```text\n--- FAIL: planted.*?^```$")
	want := screen.Find(readme)
	if want == nil || !screen.Match(text) {
		t.Fatalf("README.md or %s does not have a screen", failurePage)
	}
	switch got := screen.ReplaceAllLiteral(text, want); {
	case bytes.Equal(got, text):
	case *update && !t.Failed():
		if err := os.WriteFile(failurePage, got, 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s has another screen than README.md: -update writes it anew", failurePage)
	}
}

// play is one reading of README.md.
type play struct {
	dir      string // where commands are carried out: they save tapes
	binary   string // the command, once it is built
	module   string // the folder of a module that uses this one
	programs []string
	screens  []string // what the last commands printed
	played   map[string]bool
}

// block checks one block and returns what it should be.
func (p *play) block(t *testing.T, kind, body string) string {
	t.Helper()
	want := body
	switch kind {
	case "sh":
		p.screens = nil
		for line := range strings.Lines(body) {
			p.line(t, strings.TrimSuffix(line, "\n"))
		}
		return body
	case "go":
		if len(p.programs) == 0 {
			t.Fatalf("README.md has a program that no file has:\n%s", body)
		}
		text, err := os.ReadFile(filepath.Join(root, p.programs[0]))
		if err != nil {
			t.Fatal(err)
		}
		want, p.programs = string(text), p.programs[1:]
	case "text":
		if len(p.screens) == 0 {
			t.Fatalf("README.md has a screen, and no command above it has one:\n%s", body)
		}
		want, p.screens = p.screens[0], p.screens[1:]
	default:
		t.Errorf("README.md has a block of %q, and nothing tests it", kind)
	}
	if want != body && !*update {
		t.Errorf("README.md is out of date (-update writes it anew). It has\n%s\nand it should be\n%s", body, want)
	}
	return want
}

// line carries out one line of a shell block.
func (p *play) line(t *testing.T, line string) {
	t.Helper()
	s, known := steps[line]
	if !known {
		t.Fatalf("README.md has the command %q, and nothing tests it", line)
	}
	p.played[line] = true
	output, code := s.run(t, p, strings.Fields(line))
	if code != s.code {
		t.Errorf("%s: exit status %d, want %d (%s)\n%s", line, code, s.code, s.why, output)
	}
	if s.show != nil {
		p.screens = append(p.screens, s.show(output))
	}
}

// command runs the command of this module, in a folder of the test's.
func command(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	if p.binary == "" {
		p.binary = filepath.Join(p.dir, "reactortest")
		build(t, "build", "-o", p.binary, "./cmd/reactortest")
	}
	args := slices.Clone(words[3:]) // behind go run ./cmd/reactortest
	for i, a := range args {
		if found, err := filepath.Glob(filepath.Join(p.dir, a)); err == nil && strings.Contains(a, "*") && len(found) == 1 {
			args[i] = found[0] // as the shell does
		}
	}
	return p.start(t, exec.CommandContext(t.Context(), p.binary, args...))
}

// explained is command, and looks at the files that it writes.
func explained(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	output, code := command(t, p, words)
	if !strings.Contains(output, "the nearest passing run") {
		t.Errorf("there is no passing run beside the failing one:\n%s", output)
	}
	p.mustHave(t, p.dir, "run.html", "no-stale-dispatch", "<table")
	p.mustHave(t, p.dir, "run.json", "no-stale-dispatch", `"traceEvents"`)
	return output, code
}

// mustHave fails t if a file does not have each of some texts.
func (p *play) mustHave(t *testing.T, dir, name string, texts ...string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Error(err)
		return
	}
	for _, text := range texts {
		if !strings.Contains(string(got), text) {
			t.Errorf("%s does not have %q, it has %d bytes: %.200s", name, text, len(got), got)
		}
	}
}

// TestPagesOfATest runs a failing test with the flags that write pages.
func TestPagesOfATest(t *testing.T) {
	sources(t)
	p := &play{dir: t.TempDir()}
	binary := filepath.Join(p.dir, "package.test")
	build(t, "test", "-c", "-o", binary, "./examples/testdata/failing")
	dir := p.folder(t, "examples/testdata/failing")
	for _, saved := range []bool{false, true} {
		args := []string{"-test.v", "-reactortest.html=run.html", "-reactortest.trace=run.json"}
		if saved { // by the search before
			files, err := filepath.Glob(filepath.Join(dir, "testdata/reactortest/reactor-timers-not-early-*.txt"))
			if err != nil || len(files) != 1 {
				t.Fatalf("%d files were saved, %v", len(files), err)
			}
			args = append(args, "-reactortest.tape="+files[0])
		}
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Dir = dir
		if output, code := p.start(t, cmd); code != 1 {
			t.Errorf("with a saved run: %v: exit status %d, output:\n%s", saved, code, output)
		}
		p.mustHave(t, dir, "run.html", "timers-not-early", "<table")
		p.mustHave(t, dir, "run.json", "timers-not-early", `"traceEvents"`)
		if err := errors.Join(os.Remove(filepath.Join(dir, "run.html")), os.Remove(filepath.Join(dir, "run.json"))); err != nil {
			t.Error(err)
		}
	}
}

// fewerCalls is command with a number that takes a second.
func fewerCalls(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	return command(t, p, append(slices.Clone(words[:len(words)-1]), "60000"))
}

// goTest runs the tests of a package, in a folder of the test's: they save tapes.
func goTest(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	binary := filepath.Join(p.dir, "package.test")
	build(t, "test", "-c", "-o", binary, words[len(words)-1])
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Dir = p.folder(t, words[len(words)-1])
	return p.start(t, cmd)
}

// interrupted runs a server until it says that it listens.
func interrupted(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	binary := filepath.Join(p.dir, "server")
	build(t, "build", "-o", binary, words[len(words)-1])
	cmd := exec.CommandContext(t.Context(), binary, "-addr", "127.0.0.1:0") // the usual port may be taken
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Error(err)
	}
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		t.Error(err)
	}
	return line, cmd.ProcessState.ExitCode()
}

// folder makes the folder of a package in an empty module: go test runs tests in the
// folder of their package, which commands that are printed name.
func (p *play) folder(t *testing.T, name string) string {
	t.Helper()
	module := filepath.Join(p.dir, "module")
	folder := filepath.Join(module, name)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(module, "go.mod"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func fuzzShortly(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	args := slices.Clone(words[1:])
	args[slices.Index(args, "30s")] = "200x"
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	return p.start(t, cmd)
}

// newModule makes a module that has the adapter's file, beside a clone of this
// one as it were, and edits it.
func newModule(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	clone, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "examples/own/own_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	p.module = t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/mine\n\ngo 1.26.0\n", "mine_test.go": string(text)} {
		if err := os.WriteFile(filepath.Join(p.module, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := slices.Clone(words[1:])
	args[len(args)-1] = strings.Replace(args[len(args)-1], "../reactortest", clone, 1)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = p.module
	return p.start(t, cmd)
}

func tidyModule(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	for _, args := range [][]string{words[1:], {"test", "-run", "TestMine", ".", "-reactortest.runs=10"}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = p.module
		if out, code := p.start(t, cmd); code != 0 {
			return out, code
		}
	}
	return "", 0
}

// inGate sees the gate run the command.
func inGate(t *testing.T, _ *play, words []string) (string, int) {
	t.Helper()
	gate, err := os.ReadFile(root + "/.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(strings.Join(words, " ")) + `( |$)`).Match(gate) {
		return "the gate does not run it", 1
	}
	return "", 0
}

// build runs the go command in the root of the module.
func build(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// start returns the output and exit status of a process.
func (p *play) start(t *testing.T, cmd *exec.Cmd) (string, int) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if cmd.Dir == "" {
		cmd.Dir = p.dir
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

var seconds = regexp.MustCompile(`\(\d+\.\d\ds\)`)

// testScreen is the output of go test with its times left out.
func testScreen(output string) string {
	var b strings.Builder
	for line := range strings.Lines(seconds.ReplaceAllString(output, "(0.00s)")) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// commandScreen is the failure in the output of the command.
func commandScreen(output string) string {
	_, failure, _ := strings.Cut(output, "--- FAIL: ")
	return "--- FAIL: " + failure
}

// TestTapesOfTheScreens replays the tapes that README.md shows, as it says to.
func TestTapesOfTheScreens(t *testing.T) {
	sources(t)
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	p := &play{dir: t.TempDir()}
	replays := regexp.MustCompile(`(?m)^ +replay: (.*)$`).FindAllStringSubmatch(string(text), -1)
	kinds := map[string]bool{}
	for _, r := range replays {
		words := strings.Fields(strings.ReplaceAll(r[1], "'", "")) // as a shell does: nothing in them needs the quotes
		run := command
		kinds[words[1]] = true
		if words[1] == "test" {
			run = replayTest
		}
		output, code := run(t, p, words)
		if code != 1 || !strings.Contains(output, words[len(words)-1][strings.Index(words[len(words)-1], "rt2/"):]) {
			t.Errorf("%s: exit status %d, output:\n%s", r[1], code, output)
		}
	}
	if !kinds["test"] || !kinds["run"] {
		t.Errorf("README.md shows commands that replay by %v, want go test and go run", kinds)
	}
}

// replayTest runs the failing test with the flags that its screen shows.
func replayTest(t *testing.T, p *play, words []string) (string, int) {
	t.Helper()
	binary := filepath.Join(p.dir, "package.test")
	build(t, "test", "-c", "-o", binary, "./examples/testdata/failing")
	run := strings.Trim(words[slices.Index(words, "-run")+1], "'")
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", run, words[len(words)-1])
	cmd.Dir = p.folder(t, words[2])
	return p.start(t, cmd)
}
