package core

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// oddNames are names that tests can have. What t.Run makes of them is in t.Name.
var oddNames = []string{
	"plain", "two words", "tab\there", "new\nline", "quote'single", `quote"double`, "back`tick", "dollar$HOME", "star*", "plus+",
	"question?", "[brackets]", "(parens)", "{braces}", "pipe|d", "semi;colon", "amp&ersand", "back\\slash", "hash#1", "tilde~1",
	"percent%41", "caret^", "équipe", "日本", "-dash", "a/b", "a//b", "", "<angle>", "!bang", "=", "\x7f", "a.b", "space at end ",
}

// TestReplayCommandOfOddNames gives each name to a real subtest, and the command's
// -run to a shell and to the matcher of go test's rules.
func TestReplayCommandOfOddNames(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell here, and the command is for one")
	}
	for _, name := range oddNames {
		t.Run(name, func(t *testing.T) {
			tape := scheduler.Tape{Suite: "reactor", Subject: t.Name(), Dialect: "epoll", Plan: "f2", Workload: "w1"}
			if err := tape.Validate(); err != nil {
				t.Fatalf("the tape of a test called %q cannot be written: %v", t.Name(), err)
			}
			again, err := scheduler.ParseTape(tape.String())
			if err != nil || again.Subject != t.Name() {
				t.Errorf("the subject %q is read back as %q: %v", t.Name(), again.Subject, err)
			}
			command := ReplayCommand("./a b", t.Name(), tape.String())
			out, err := exec.CommandContext(t.Context(), sh, "-c", "go() { for w in \"$@\"; do printf '%s\\0' \"$w\"; done; }; "+command).Output()
			if err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
			if len(words) != 5 || words[0] != "test" || words[1] != "./a b" || words[2] != "-run" || words[4] != "-reactortest.tape="+tape.String() {
				t.Fatalf("the shell makes of %s the words %q", command, words)
			}
			if !matches(t, words[3], t.Name()) || matches(t, words[3], t.Name()+"x") {
				t.Errorf("-run %s does not select %q alone", words[3], t.Name())
			}
		})
	}
}

// TestReplayCommandOfEngine repeats the flags that a test program was rewired with.
func TestReplayCommandOfEngine(t *testing.T) {
	for flags, want := range map[string]string{
		"":                         "go run reactortest/cmd/reactortest engine ./x -- -run '^TestX$' -reactortest.tape=tape",
		"-mod\nexample.com/a b@v1": "go run reactortest/cmd/reactortest engine -mod 'example.com/a b@v1' ./x -- -run '^TestX$' -reactortest.tape=tape",
	} {
		t.Setenv(EngineVariable, flags)
		if got := ReplayCommand("./x", "TestX", "tape"); got != want {
			t.Errorf("flags %q: %s, want %s", flags, got, want)
		}
	}
}

// matches applies a -run pattern as package testing does: element by element, split
// at slashes outside of brackets. The patterns here quote every bracket.
func matches(t *testing.T, pattern, name string) bool {
	t.Helper()
	patterns, names := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(patterns) != len(names) {
		return false
	}
	for i := range patterns {
		re, err := regexp.Compile(patterns[i])
		if err != nil {
			t.Fatal(err)
		}
		if !re.MatchString(names[i]) {
			return false
		}
	}
	return true
}

func TestFileNamesOfSubjects(t *testing.T) {
	seen := map[string]string{}
	plain := regexp.MustCompile(`^reactor-[a-z-]+-epoll-[a-z0-9-]{1,50}-[0-9a-f]{8}\.txt$`)
	for _, name := range append(oddNames, "Plain", "PLAIN", "pla-in", strings.Repeat("long", 30), strings.Repeat("long", 30)+"er") {
		if name == "" {
			continue
		}
		file := fileName(scheduler.Tape{Suite: "reactor", Subject: name, Dialect: "epoll"}, "idle-blocks")
		if other, taken := seen[file]; taken {
			t.Errorf("%q and %q have one file, %s", name, other, file)
		}
		seen[file] = name
		if !plain.MatchString(file) {
			t.Errorf("%q has the file %s", name, file)
		}
	}
}

func TestParseShard(t *testing.T) {
	for _, tt := range []struct {
		text      string
		index, of int
		ok        bool
	}{
		{"0/1", 0, 1, true},
		{"2/3", 2, 3, true},
		{"3/3", 0, 0, false},
		{"-1/3", 0, 0, false},
		{"1", 0, 0, false},
		{"1/0", 0, 0, false},
		{"a/3", 0, 0, false},
		{"", 0, 0, false},
		{"/", 0, 0, false},
		{"1/3/5", 0, 0, false},
	} {
		index, of, err := ParseShard(tt.text)
		if (err == nil) != tt.ok || index != tt.index || of != tt.of {
			t.Errorf("%q: %d of %d, %v", tt.text, index, of, err)
		}
	}
}

func TestShardOfTheEnvironment(t *testing.T) {
	status := t.TempDir() + "/status"
	t.Setenv("TEST_TOTAL_SHARDS", "4")
	t.Setenv("TEST_SHARD_INDEX", "3")
	t.Setenv("TEST_SHARD_STATUS_FILE", status)
	var o Options
	if err := new(flags).apply(&o); err != nil || o.Shard != 3 || o.Shards != 4 {
		t.Errorf("shard %d of %d, %v", o.Shard, o.Shards, err)
	}
	if _, err := os.Stat(status); err != nil {
		t.Errorf("the status file was not touched: %v", err)
	}
	given := flags{shard: optional[shard]{shard{0, 2}, true}}
	if err := given.apply(&o); err != nil || o.Shard != 0 || o.Shards != 2 {
		t.Errorf("the flag does not win: shard %d of %d, %v", o.Shard, o.Shards, err)
	}
	t.Setenv("TEST_SHARD_INDEX", "4")
	if err := new(flags).apply(&o); err == nil || !strings.Contains(err.Error(), "TEST_SHARD_INDEX") {
		t.Errorf("shard 4 of 4: %v", err)
	}
}
