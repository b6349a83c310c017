package planted

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"reactortest/internal/planted/loop"
)

// origin returns the file that plant is written in, as sources names it, and
// the function's name.
func origin(plant func(*loop.Loop)) (file, name string) {
	f := runtime.FuncForPC(reflect.ValueOf(plant).Pointer())
	full, _ := f.FileLine(f.Entry())
	folder, name, _ := strings.Cut(path.Base(f.Name()), ".")
	return folder + "/" + path.Base(full), name
}

// comment returns what the comment of plant says that it does, without the
// function's name, which begins it. It panics if there is none.
func comment(plant func(*loop.Loop)) string {
	file, name := origin(plant)
	source, err := sources.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("planted: %s: %v", name, err))
	}
	_, text, found := strings.Cut(string(source), "\n// "+name+" ")
	if !found {
		panic(fmt.Sprintf("planted: %s does not begin its comment with %s", file, name))
	}
	text, _, _ = strings.Cut(text, "\nfunc ")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n//", "\n")), " ")
}
