package engines_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"reactortest/internal/engines"
)

// TestReadTable reads tables that are right and wrong.
func TestReadTable(t *testing.T) {
	for _, tt := range []struct{ why, row, want string }{
		{"a module", `{"engine": "e", "package": "./e", "modules": ["example.com/e@v1.2.3"], "subjects": ["s"]}`, ""},
		{"the standard library", `{"engine": "e", "package": "./e", "net": true, "subjects": ["s"]}`, ""},
		{"nothing to rewire", `{"engine": "e", "package": "./e", "subjects": ["s"]}`, "engine 0, e: an engine has modules, or is the standard library's net"},
		{"a module without a version", `{"engine": "e", "package": "./e", "modules": ["example.com/e"], "subjects": ["s"]}`, `"example.com/e" has no version`},
		{"no subjects", `{"engine": "e", "package": "./e", "net": true}`, "an engine has a name, a package and subjects"},
		{"an unknown field", `{"motor": "e"}`, "motor"},
	} {
		file := filepath.Join(t.TempDir(), engines.TableFile)
		if err := os.WriteFile(file, []byte(`{"engines": [`+tt.row+`], "known": []}`), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := engines.ReadTable(file)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.why, err, tt.want)
		}
	}
}

// TestVersion has the version of a module, and that of Go where there is none.
func TestVersion(t *testing.T) {
	for want, r := range map[string]*engines.Row{
		"v1.2.3":          {Modules: []string{"example.com/e@v1.2.3", "example.com/f"}},
		runtime.Version(): {Net: true},
	} {
		if got := r.Version(); got != want {
			t.Errorf("version %q, want %q", got, want)
		}
	}
}

// TestCompare compares the digests of searches.
func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		a, b []uint32
		want *engines.Difference
	}{
		{[]uint32{1, 2}, []uint32{1, 2}, nil},
		{nil, nil, nil},
		{[]uint32{1, 2, 3}, []uint32{1, 4, 5}, &engines.Difference{Runs: 2, First: 1}},
		{[]uint32{1}, []uint32{1, 2, 3}, &engines.Difference{Runs: 2, First: 1}},
	} {
		if got := engines.Compare(tt.a, tt.b); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v and %v: %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestPages looks for the page of each finding that is known, and for the tests that the
// pages name.
func TestPages(t *testing.T) {
	const root = "../.."
	table, err := engines.ReadTable(filepath.Join(root, "thirdparty", engines.TableFile))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, "thirdparty", "findings", "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, name), -1) {
			tests[m[1]] = true
		}
	}
	for _, k := range table.Known {
		text := read(t, filepath.Join(root, "docs", "engines", k.Page))
		folder, name, _ := strings.Cut(k.Page, "/")
		if index := read(t, filepath.Join(root, "docs", "engines", folder+".md")); !strings.Contains(index, "]("+folder+"/"+name+")") {
			t.Errorf("%s: %s.md has no link to it", k.Page, folder)
		}
		if !strings.Contains(text, "- `"+k.Rule+"`") {
			t.Errorf("%s does not name the rule %s", k.Page, k.Rule)
		}
		if !strings.Contains(text, "rt2/") {
			t.Errorf("%s has no tape", k.Page)
		}
		shown := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(text, -1)
		for _, m := range shown {
			if !tests[m[1]] {
				t.Errorf("%s names %s, which is not there", k.Page, m[1])
			}
		}
		switch {
		case k.Real && (len(shown) == 0 || !strings.Contains(text, "On the running kernel:")):
			t.Errorf("%s does not say what shows it on the running kernel", k.Page)
		case !k.Real && k.Design == "" && !strings.Contains(text, "Simulated only: "):
			t.Errorf("%s does not say why it is only simulated", k.Page)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
