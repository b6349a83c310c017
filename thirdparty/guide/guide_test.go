package guide_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const (
	root = "../.."
	page = root + "/docs/test-an-engine.md"
)

// above is the folder of the modules. It has a link to the repository next to them: packages
// are compiled anew for each folder that they are in.
var above string

func TestMain(m *testing.M) { os.Exit(inFolder(m)) }

func inFolder(m *testing.M) int {
	at, err := filepath.Abs(root)
	if err != nil {
		panic(err)
	}
	if above, err = os.MkdirTemp("", "guide"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(above)
	if err := os.Symlink(at, filepath.Join(above, "reactortest")); err != nil {
		panic(err)
	}
	// The rewired modules go there too, and what is compiled stays where it is.
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		panic(err)
	}
	os.Setenv("GOCACHE", strings.TrimSpace(string(cache)))
	os.Setenv("XDG_CACHE_HOME", filepath.Join(above, "cache"))
	return m.Run()
}

// TestOwnModule runs the five commands of the page in a module with a server of its own.
func TestOwnModule(t *testing.T) {
	dir := module(t)
	for _, name := range []string{"server.go", "server_test.go"} {
		b, err := os.ReadFile(filepath.Join("testdata", "mine", name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), b)
	}
	commands := lines(blocks(t, "sh"))
	if len(commands) != 5 {
		t.Fatalf("the page has %d commands: %q", len(commands), commands)
	}
	for _, c := range commands {
		out, code := run(t, dir, c)
		if code != 0 {
			t.Fatalf("%s: exit status %d\n%s", c, code, out)
		}
		if strings.Contains(c, " engine ") && !strings.Contains(out, "ok  \texample.com/mine") || strings.Contains(c, " explain ") && !strings.Contains(out, "owns-its-handles") {
			t.Errorf("%s:\n%s", c, out)
		}
	}
}

// TestFaultOfTheAdapter has the adapter of the module call Closed by itself, which is not
// the server's fault.
func TestFaultOfTheAdapter(t *testing.T) {
	dir := module(t)
	for _, name := range []string{"server.go", "server_test.go"} {
		b, err := os.ReadFile(filepath.Join("testdata", "mine", name))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.NewReplacer(
			"type conn struct{ *Conn }", "type conn struct {\n\t*Conn\n\th proptest.EngineHandler\n}",
			"&conn{c}", "&conn{c, h}",
			"\tc.Conn.Close()\n", "\tc.h.Closed(c, nil)\n\tc.Conn.Close()\n",
		).Replace(string(b))
		write(t, filepath.Join(dir, name), []byte(text))
	}
	commands := lines(blocks(t, "sh"))
	for _, c := range commands[:2] {
		if out, code := run(t, dir, c); code != 0 {
			t.Fatalf("%s: exit status %d\n%s", c, code, out)
		}
	}
	out, code := run(t, dir, commands[2])
	if code != 1 || !strings.Contains(out, "no function of the engine is behind Closed: the adapter does not keep to the interface") {
		t.Errorf("%s: exit status %d\n%s", commands[2], code, out)
	}
}

// TestAdapter compiles the adapter of the page and judges gnet with it, which breaks rules.
func TestAdapter(t *testing.T) {
	dir := module(t)
	write(t, filepath.Join(dir, "adapter_test.go"), []byte(strings.Join(blocks(t, "go"), "\n")))
	commands := lines(blocks(t, "sh"))[:2]
	commands = append([]string{"go mod edit -require github.com/panjf2000/gnet/v2@v2.10.0"}, commands...)
	for _, c := range commands {
		if out, code := run(t, dir, c); code != 0 {
			t.Fatalf("%s: exit status %d\n%s", c, code, out)
		}
	}
	engine := strings.TrimSpace(strings.Join(blocks(t, "text"), ""))
	out, code := run(t, dir, engine)
	if code != 1 || !strings.Contains(out, "Serve returned by itself") {
		t.Fatalf("%s: exit status %d\n%s", engine, code, out)
	}
	replay := regexp.MustCompile(`(?m)^ *replay: (.*)$`).FindStringSubmatch(out)
	if replay == nil {
		t.Fatalf("no command replays a tape:\n%s", out)
	}
	rule := regexp.MustCompile(`/\^([a-z-]+)\$'`).FindStringSubmatch(replay[1])
	if rule == nil {
		t.Fatalf("%s names no rule", replay[1])
	}
	again, code := run(t, dir, replay[1])
	if code != 1 || !strings.Contains(again, "rule: "+rule[1]) {
		t.Errorf("%s: exit status %d\n%s", replay[1], code, again)
	}
}

// module makes a module next to the repository, as the page has it.
func module(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles reactortest anew, which takes a minute or more; the test without -short is in the gate")
	}
	if runtime.GOOS != "linux" {
		t.Skip("rewired engines are Linux programs")
	}
	dir := filepath.Join(above, "mine")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, dir, "go mod init example.com/mine"); code != 0 {
		t.Fatal(out)
	}
	return dir
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// blocks returns the blocks of the page in a language.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(b), -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("%s has no block of %s", page, language)
	}
	return all
}

func lines(all []string) []string {
	return strings.Split(strings.TrimSpace(strings.Join(all, "")), "\n")
}

// run runs a command of the page in a shell.
func run(t *testing.T, dir, command string) (string, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}
