package planted

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"
)

// origin returns the file that the function fn is written in, as sources names
// it, and the function's name.
func origin(fn any) (file, name string) {
	f := runtime.FuncForPC(reflect.ValueOf(fn).Pointer())
	full, _ := f.FileLine(f.Entry())
	folder, name, _ := strings.Cut(path.Base(f.Name()), ".")
	return folder + "/" + path.Base(full), name
}

// comment returns the comment of the function fn without its beginning: the
// function's name and then, if it is there, begin. It panics if there is no
// comment.
func comment(fn any, begin string) string {
	file, name := origin(fn)
	source, err := sources.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("planted: %s: %v", name, err))
	}
	_, text, found := strings.Cut(string(source), "\n// "+name+" ")
	if !found {
		panic(fmt.Sprintf("planted: the comment of %s in %s does not begin with its name", name, file))
	}
	text, _, _ = strings.Cut(text, "\nfunc ")
	text = strings.ReplaceAll(text, "\n//", "\n")
	return strings.TrimPrefix(strings.Join(strings.Fields(text), " "), begin)
}
