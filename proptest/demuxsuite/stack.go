package demuxsuite

import (
	"fmt"
	"path"
	"strings"
)

// shorten cuts a text that a broken demux made long.
func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + fmt.Sprintf("... (%d bytes)", len(s))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// frame is a function on a stack and where in it.
type frame struct{ function, place string }

// frames reads one goroutine of what runtime.Stack writes, and reports whether it
// runs code of a case. Frames of the runtime and of the suite's plumbing are left
// out, and so is all from the suite's guard.
func frames(stack string) (all []frame, ofCase bool) {
	lines := strings.Split(stack, "\n")
	for i := 0; i+1 < len(lines); i++ {
		if !strings.HasPrefix(lines[i+1], "\t") || strings.HasPrefix(lines[i], "\t") {
			continue
		}
		f := frame{lines[i], strings.TrimSpace(lines[i+1])}
		switch {
		case strings.HasPrefix(f.function, "panic("), strings.HasPrefix(f.function, "runtime.Goexit("):
			// What comes before is how the panic was caught.
			all = all[:0]
		case strings.Contains(f.function, guardFrame):
			return all, true
		case strings.HasPrefix(f.function, "runtime.") || strings.HasPrefix(f.function, "runtime/debug."), isPlumbing(f):
		default:
			all = append(all, f)
		}
	}
	return all, false
}

// isPlumbing reports whether f is between a case and the demux.
func isPlumbing(f frame) bool {
	file, _, _ := strings.Cut(path.Base(f.place), ":")
	switch file {
	case "checker.go", "steps.go", "operations.go", "contract.go", "steady.go":
		return strings.Contains(f.function, "/demuxsuite.")
	default:
		return false
	}
}

// guardFrame is in the name of the function below which code of a case runs.
const guardFrame = "demuxsuite.(*checker).guard("

// printFrames returns the innermost frames, one a line.
func printFrames(all []frame) string {
	var b strings.Builder
	for i, f := range all {
		if i == maxFrames {
			fmt.Fprintf(&b, "\n\t\t... %d more", len(all)-i)
			break
		}
		name := f.function
		if i := strings.LastIndexByte(f.function, '('); i > 0 {
			name = f.function[:i] // without the arguments
		}
		place, _, _ := strings.Cut(f.place, " +0x")
		fmt.Fprintf(&b, "\n\t\t%s\n\t\t\t%s", name, place)
	}
	return b.String()
}

// panicStack returns where a panic came from, of the stack of the goroutine
// that has recovered it.
func panicStack(stack []byte) string {
	all, _ := frames(string(stack))
	return printFrames(all)
}

// caseStacks returns where the goroutines of the case stand, of the stacks of
// all goroutines.
func caseStacks(stacks []byte) string {
	var b strings.Builder
	shown, left := 0, 0
	for _, one := range strings.Split(string(stacks), "\n\n") {
		all, ofCase := frames(one)
		switch {
		case !ofCase:
		case shown == maxStacks:
			left++
		default:
			shown++
			fmt.Fprintf(&b, "\t%s%s\n", firstLine(one), printFrames(all))
		}
	}
	switch {
	case shown == 0:
		return "\tno goroutine of the case is left"
	case left > 0:
		fmt.Fprintf(&b, "\t%d more goroutines of the case\n", left)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
