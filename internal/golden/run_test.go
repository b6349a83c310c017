package golden_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/internal/golden"
)

var _ = golden.RegisterUpdate()

// echo gives the script's words back.
func echo(s *golden.Script) (string, error) {
	var b strings.Builder
	for _, c := range s.Commands {
		b.WriteString(strings.Join(c.Words, " ") + "\n")
	}
	return b.String(), nil
}

func TestRunComparesAndUpdates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "story.txt")
	const before = "# Kept.\nsay x\n\n# Kept too.\nsay y\n\nOutput:\n\told\n\nOutput k:\n\tkept\n"
	const after = "# Kept.\nsay x\n\n# Kept too.\nsay y\n\nOutput:\n\tsay x\n\tsay y\n\nOutput k:\n\tkept\n"
	if err := os.WriteFile(file, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	setUpdate(t, "true")
	golden.Run(t, file, "epoll", echo)
	setUpdate(t, "false")
	golden.Run(t, file, "epoll", echo)
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != after {
		t.Errorf("-update made\n%s\nof\n%s\nwant\n%s", got, before, after)
	}
}

func TestRunBesideKeepsTheCommonSection(t *testing.T) {
	for _, tt := range []struct {
		why           string
		before, after string // sections
	}{
		{"the same output needs no section", "Output:\n\tsay x\n", "Output:\n\tsay x\n"},
		{"another one gets its own", "Output:\n\tother\n", "Output:\n\tother\n\nOutput k:\n\tsay x\n"},
		{"its own is replaced", "Output:\n\tother\n\nOutput k:\n\told\n", "Output:\n\tother\n\nOutput k:\n\tsay x\n"},
		{"there is no common one", "Output e:\n\tother\n", "Output e:\n\tother\n\nOutput k:\n\tsay x\n"},
	} {
		file := filepath.Join(t.TempDir(), "story.txt")
		if err := os.WriteFile(file, []byte("say x\n\n"+tt.before), 0o644); err != nil {
			t.Fatal(err)
		}
		setUpdate(t, "true")
		golden.RunBeside(t, file, "k", echo)
		setUpdate(t, "false")
		golden.RunBeside(t, file, "k", echo)
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want := "say x\n\n" + tt.after; string(got) != want {
			t.Errorf("%s: -update made\n%s\nwant\n%s", tt.why, got, want)
		}
	}
}

func setUpdate(t *testing.T, value string) {
	t.Helper()
	old := flag.Lookup("update").Value.String()
	if err := flag.Set("update", value); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flag.Set("update", old) })
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct {
		want, got, diff string
		why             string
	}{
		{"a\nb\nc\n", "a\nx\nc\n", "  a\n- b\n+ x\n  c\n", "a changed line"},
		{"a\n", "a\nb\n", "  a\n+ b\n", "a line more"},
		{"a\nb\n", "b\n", "- a\n  b\n", "a line less"},
		{"", "a\n", "+ a\n", "from nothing"},
		{"a\n", "", "- a\n", "to nothing"},
		{"a\n\nb\n", "a\nb\n", "  a\n- \n  b\n", "an empty line"},
	} {
		if got := golden.Diff(tt.want, tt.got); got != tt.diff {
			t.Errorf("Diff(%q, %q) = %q, want %q: %s", tt.want, tt.got, got, tt.diff, tt.why)
		}
	}
	long := strings.Repeat("x\n", 5000)
	if got := strings.Count(golden.Diff(long, ""), "\n"); got != 1001 {
		t.Errorf("a diff of 5000 lines has %d lines, want 1001", got)
	}
}

var child = flag.String("golden.child", "", "the script that the child process of TestRunFails plays")

// TestChild runs only in the process that TestRunFails starts.
func TestChild(t *testing.T) {
	if *child == "" {
		return // there is nothing to test in this process
	}
	plays := 0
	golden.Run(t, *child, "epoll", func(s *golden.Script) (string, error) {
		plays++
		switch c := s.Commands[0]; c.Words[0] {
		case "unsteady":
			return strings.Repeat("x\n", plays), nil
		case "wrong":
			return "so far\n", s.Errorf(c.Line, "there is no command %q", c.Words[0])
		default:
			return echo(s)
		}
	})
}

func TestRunFails(t *testing.T) {
	for _, tt := range []struct {
		text string // "" for no file
		want string
		why  string
	}{
		{"say x\n\nOutput:\n\tsay y\n", "story.txt:3: output for epoll differs (- want, + got)\n- say y\n+ say x\n", "a difference"},
		{"say x\n", "story.txt has no output for epoll; run the test with -update", "nothing to compare with"},
		{"say x\n\nOutput k:\n\tsay x\n", "story.txt has no output for epoll", "another dialect's output"},
		{"unsteady\n\nOutput:\n\tx\n", "story.txt: played twice, it gives two outputs (- first, + second)\n  x\n+ x\n", "run twice"},
		{"# c\nwrong\n\nOutput:\n", "story.txt:2: there is no command \"wrong\"\noutput so far:\nso far\n", "the player's error"},
		{"say \"x\n", "story.txt:1: a quoted word is a Go string", "the parser's error"},
		{"", "no script matches ", "a test of nothing is no test"},
	} {
		file := filepath.Join(t.TempDir(), "story.txt")
		if tt.text != "" {
			if err := os.WriteFile(file, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command(os.Args[0], "-test.run=^TestChild$", "-golden.child="+file).CombinedOutput()
		// testing indents the lines of a message
		flat := strings.ReplaceAll(string(out), "\n            ", "\n")
		if err == nil || !strings.Contains(flat, tt.want) {
			t.Errorf("a run of %q ends with %v and prints\n%s\nwant a failure with\n%s: %s", tt.text, err, out, tt.want, tt.why)
		}
	}
}
