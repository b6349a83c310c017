package planted

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted/loop"
)

// The lines that a file with a bug may have.
const minLines, maxLines = 10, 40

// TestEveryFileIsOneBug looks at the files: small, one exported function each,
// and a comment that comes first and says where the bug was seen.
func TestEveryFileIsOneBug(t *testing.T) {
	planted := map[string]string{} // by file
	for _, b := range slices.Concat(bugs, pending) {
		file, name := origin(b.plant)
		if planted[file] != "" {
			t.Errorf("%s has two bugs: %s and %s", file, planted[file], name)
		}
		planted[file] = name
	}
	for _, file := range bugFiles(t) {
		source, err := sources.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Count(string(source), "\n"); lines < minLines || lines > maxLines {
			t.Errorf("%s has %d lines, want %d to %d", file, lines, minLines, maxLines)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		checkImports(t, file, parsed)
		var exported []*ast.FuncDecl
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.IsExported() {
				exported = append(exported, f)
			}
		}
		switch {
		case len(exported) != 1 || exported[0].Name.Name != planted[file]:
			t.Errorf("%s has %d exported functions, want one, and it must be in the list of bugs", file, len(exported))
		case len(parsed.Comments) == 0 || parsed.Comments[0] != exported[0].Doc:
			t.Errorf("%s: the first comment is not that of %s", file, planted[file])
		case !strings.Contains(exported[0].Doc.Text(), "\n\nSeen in "):
			t.Errorf("%s: the comment does not say where the bug was seen", file)
		}
	}
}

// bugFiles returns the files with bugs.
func bugFiles(t *testing.T) []string {
	t.Helper()
	all, err := fs.Glob(sources, "*/*.go")
	if err != nil || len(all) == 0 {
		t.Fatalf("%d files: %v", len(all), err)
	}
	var files []string
	for _, file := range all {
		folder, base := path.Split(file)
		if folder != "loop/" && folder != "legal/" && folder != "engine/" && base != "doc.go" {
			files = append(files, file)
		}
	}
	return files
}

// checkImports sees that a subject knows nothing of its judge.
func checkImports(t *testing.T, file string, parsed *ast.File) {
	t.Helper()
	for _, spec := range parsed.Imports {
		pkg, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		ours := pkg == "reactortest/demux" || pkg == "reactortest/internal/planted/loop"
		if strings.HasPrefix(pkg, "reactortest/") && !ours || strings.Contains(pkg, ".") {
			t.Errorf("%s imports %s", file, pkg)
		}
	}
}

// TestEveryBugReplacesOnePart compares the parts before and after.
func TestEveryBugReplacesOnePart(t *testing.T) {
	k := fakedemux.New(nil)
	for _, b := range slices.Concat(bugs, pending) {
		k.Reset(nil)
		var replaced []string
		l, err := loop.Open(k, func(l *loop.Loop) {
			before := l.Parts
			b.plant(l)
			replaced = differing(before, l.Parts)
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(replaced) != 1 {
			t.Errorf("%s replaces %d parts, want 1: %v", b.name, len(replaced), replaced)
		}
		if err := l.Close(); b.name != "close-in-dispatch-leaks" && err != nil {
			t.Errorf("%s: %v", b.name, err)
		}
	}
}

// differing returns the names of the parts that are not the same.
func differing(a, b loop.Parts) (names []string) {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		fa, fb := va.Field(i), vb.Field(i)
		same := fa.Kind() == reflect.Interface && fa.Interface() == fb.Interface() ||
			fa.Kind() == reflect.Func && fa.Pointer() == fb.Pointer()
		if !same {
			names = append(names, va.Type().Field(i).Name)
		}
	}
	return names
}

func TestList(t *testing.T) {
	names := map[string]bool{}
	for _, s := range slices.Concat(All(), Legal(), Pending(), []Subject{Twin()}) {
		if names[s.Name] {
			t.Errorf("two subjects are called %s", s.Name)
		}
		names[s.Name] = true
		if found, ok := Lookup(s.Name); !ok || found.Name != s.Name {
			t.Errorf("%s is not found: %+v, %v", s.Name, found, ok)
		}
		if s.Why == "" || s.New == nil || !s.Legal && s.Rule == "" || strings.HasPrefix(s.Why, "opens ") {
			t.Errorf("%s lacks something: %+v", s.Name, s)
		}
	}
	if _, ok := Lookup("no-such-subject"); ok {
		t.Error("a subject that does not exist was found")
	}
	if s := Twin(); !s.Legal {
		t.Error("the twin is not legal")
	}
	s, _ := Lookup("posted-lifo")
	if want := "keeps the posted functions in a stack that it takes in one exchange and does not turn around: two " +
		"functions that are posted in one iteration run in the wrong order. Seen in nginx (fixed in 1.7.5)."; s.Why != want {
		t.Errorf("the comment of posted-lifo is told as\n%s\nwant\n%s", s.Why, want)
	}
}
