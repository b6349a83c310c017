package rewire

import (
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
)

// Note is something at a place in a rewritten file.
type Note struct {
	At   string // file:line
	Text string
}

// Report says what Run did.
type Report struct {
	Out       string
	Modules   []*ModuleReport
	Packages  []string // of the user's module: they use a rewired module, and are rewired by the overlay
	Passed    []Note   // calls of the real kernel that are not simulated
	Unordered []Note   // ranges that have no order
	Kept      []Note   // parts of an initialization that may be done once, and do not begin anew
	Links     []Note   // names of the standard library, by go:linkname
	Traps     []Note   // raw system calls by a number that is not simulated
	Unrewired []string // other modules whose code starts goroutines, locks or calls the kernel
	NoCgo     bool     // built without cgo, as a module has files of it
	Tags      string
	Net       bool // the standard library's net is simulated
	Cached    bool `json:"-"` // the folder was up to date
}

// ModuleReport says what was rewired in a module.
type ModuleReport struct {
	Path, Version string
	Packages      int
	Files         int            // rewritten or generated
	Selectors     map[string]int // by package
	GoStatements  int
	MapRanges     int
	Resets        int // packages with state to begin anew
	NotReached    int // packages that nothing imports: copied as they are
}

// ModFile is the file for -modfile.
func (r *Report) ModFile() string { return r.Out + "/go.mod" }

// Overlay is the file for -overlay.
func (r *Report) Overlay() string { return r.Out + "/overlay.json" }

// Flags are the flags of the go command with which a rewired build is made.
func (r *Report) Flags() []string {
	flags := []string{"-mod=mod", "-modfile=" + r.ModFile(), "-overlay=" + r.Overlay()}
	tags := r.Tags
	if r.Net {
		tags = strings.TrimPrefix(tags+","+netTag, ",")
	}
	if tags != "" {
		flags = append(flags, "-tags="+tags)
	}
	return flags
}

// Environment is what the environment of a rewired build and of its tests has.
func (r *Report) Environment() []string {
	env := []string{"GOWORK=off", "GOMAXPROCS=1"}
	if r.NoCgo {
		env = append(env, "CGO_ENABLED=0")
	}
	return env
}

// Print writes the report for a reader.
func (r *Report) Print(out io.Writer) {
	for _, m := range r.Modules {
		fmt.Fprintf(out, "%s %s\n", m.Path, m.Version)
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		row := func(name string, n int) {
			if n > 0 {
				fmt.Fprintf(w, "  %s\t%d\n", name, n)
			}
		}
		row("packages", m.Packages)
		row("packages that nothing imports, copied as they are", m.NotReached)
		row("files", m.Files)
		for _, path := range sortedKeys(m.Selectors) {
			row("uses of "+path, m.Selectors[path])
		}
		row("go statements", m.GoStatements)
		row("ranges over maps", m.MapRanges)
		row("packages that can begin anew", m.Resets)
		_ = w.Flush()
	}
	printNames(out, "packages of this module that use them, rewired by the overlay", r.Packages)
	printNotes(out, "passed through to the real kernel", r.Passed)
	printNotes(out, "not orderly: the order can differ from run to run", r.Unordered)
	printNotes(out, "not done again when a package begins anew", r.Kept)
	printNotes(out, "names of the standard library by go:linkname, not simulated", r.Links)
	printNotes(out, "raw system calls that are not simulated: they return ENOSYS", r.Traps)
	printNames(out, "modules that are not rewired, and start goroutines, lock or call the kernel (add -mod to rewire one)", r.Unrewired)
	if r.NoCgo {
		fmt.Fprintln(out, "built with CGO_ENABLED=0: a rewired module has files that use cgo")
	}
}

func printNotes(out io.Writer, title string, notes []Note) {
	places := map[string][]string{}
	for _, n := range notes {
		places[n.Text] = append(places[n.Text], n.At)
	}
	if len(places) == 0 {
		return
	}
	fmt.Fprintf(out, "%s:\n", title)
	for _, text := range sortedKeys(places) {
		at := places[text]
		more := ""
		if len(at) > 1 {
			more = fmt.Sprintf(" and %d more", len(at)-1)
		}
		fmt.Fprintf(out, "  %s  %s%s\n", text, at[0], more)
	}
}

func printNames(out io.Writer, title string, names []string) {
	if len(names) > 0 {
		fmt.Fprintf(out, "%s:\n  %s\n", title, strings.Join(names, "\n  "))
	}
}

// sort gives every list an order, so that the same input makes the same report.
func (r *Report) sort() {
	for _, notes := range []*[]Note{&r.Passed, &r.Unordered, &r.Kept, &r.Links, &r.Traps} {
		sort.SliceStable(*notes, func(i, j int) bool {
			a, b := (*notes)[i], (*notes)[j]
			return a.At < b.At || a.At == b.At && a.Text < b.Text
		})
		*notes = slices.Compact(*notes)
	}
	sort.Strings(r.Packages)
	r.Packages = slices.Compact(r.Packages)
	sort.Strings(r.Unrewired)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
