package layers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// maxPackageComment is how many lines the comment of a package may have. Rules,
// tables and rationale belong in docs/.
const maxPackageComment = 80

// moduleRoot is the folder of the module, from here.
const moduleRoot = "../.."

// TestPackageCommentsAreShort counts the lines of the comment of every package,
// over all its files.
func TestPackageCommentsAreShort(t *testing.T) {
	lines := map[string]int{}
	err := filepath.WalkDir(moduleRoot, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != moduleRoot && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		lines[filepath.Dir(path)] += packageComment(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) < 20 {
		t.Errorf("found %d packages, which cannot be all", len(lines))
	}
	for folder, n := range lines {
		if n > maxPackageComment {
			t.Errorf("%s: the package comment has %d lines; the most is %d", folder, n, maxPackageComment)
		}
	}
}

// packageComment returns how many lines the package comment in a file has.
func packageComment(t *testing.T, path string) int {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return commentLines(set, file.Doc)
}

func commentLines(set *token.FileSet, doc *ast.CommentGroup) int {
	if doc == nil {
		return 0
	}
	return set.Position(doc.End()).Line - set.Position(doc.Pos()).Line + 1
}
