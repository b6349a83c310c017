package planted_test

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"reactortest/internal/planted"
	"reactortest/internal/planted/internal/patch"
)

const maxChanged = 10 // lines that a patch removes and adds

func TestPatches(t *testing.T) {
	twin := readFile(t, "twin/loop.go")
	for _, s := range planted.All() {
		t.Run(s.Name, func(t *testing.T) {
			diff := readFile(t, s.Name+".patch")
			want, err := patch.Generate(twin, s.Name, diff)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(patch.Package(s.Name), "loop.go")
			if readFile(t, file) != want {
				t.Errorf("%s is not the twin with the patch: run go generate", file)
			}
			_, changed, err := patch.Apply(twin, diff)
			if err != nil || changed == 0 || changed > maxChanged {
				t.Errorf("the patch changes %d lines, want 1 to %d: %v", changed, maxChanged, err)
			}
		})
	}
}

func TestEveryPatchIsASubject(t *testing.T) {
	patches, err := filepath.Glob("*.patch")
	if err != nil || len(patches) != len(planted.All()) {
		t.Errorf("%d patches, %d subjects: %v", len(patches), len(planted.All()), err)
	}
	for _, file := range patches {
		if s, ok := planted.Lookup(strings.TrimSuffix(file, ".patch")); !ok || s.Rule == "" || s.Why == "" || s.New == nil {
			t.Errorf("%s: %+v, %v", file, s, ok)
		}
	}
	if _, ok := planted.Lookup("no-such-subject"); ok {
		t.Error("a subject that is not there was found")
	}
	if s, ok := planted.Lookup("twin"); !ok || !s.Legal {
		t.Errorf("the twin: %+v, %v", s, ok)
	}
}

// TestSubjectsKnowNothingOfTheJudge looks at what they import.
func TestSubjectsKnowNothingOfTheJudge(t *testing.T) {
	files, err := filepath.Glob("*/loop.go")
	if err != nil || len(files) != len(planted.All())+1 {
		t.Fatalf("%d files, want one of each subject and of the twin: %v", len(files), err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(path, "reactortest/") && path != "reactortest/demux" || strings.Contains(path, ".") {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
