package rewire

import (
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// link is a go:linkname directive.
type link struct {
	pos           token.Pos
	local, remote string
}

func linknames(s *source) []link {
	var all []link
	for _, g := range s.file.Comments {
		for _, c := range g.List {
			f := strings.Fields(c.Text)
			if len(f) == 3 && f[0] == "//go:linkname" {
				all = append(all, link{c.Pos(), f[1], f[2]})
			}
		}
	}
	return all
}

// callsKernel are the beginnings of linked names that make system calls.
var callsKernel = []string{
	"internal/poll.", "internal/runtime/syscall.", "internal/syscall/", "golang.org/x/sys/unix.", "net.", "os.",
	"runtime.netpoll", "runtime.epoll", "runtime.kevent", "runtime.kqueue", "runtime.read", "runtime.write", "runtime.close", "runtime.open",
	"runtime/internal/syscall.",
}

// links judges what a file has by go:linkname of the standard library.
func (w *rewriter) links(u *unit, s *source) {
	for _, l := range linknames(s) {
		i := strings.LastIndex(l.remote, "/") + 1
		pkg, name, _ := strings.Cut(l.remote[i:], ".")
		pkg = l.remote[:i] + pkg
		if first, _, _ := strings.Cut(pkg, "/"); pkg == u.pkg.Path() || strings.Contains(first, ".") && pkg != "golang.org/x/sys/unix" {
			continue
		}
		at := w.place(u.where(l.pos))
		reaches := pkg == "syscall" && !strings.HasPrefix(name, "runtime_")
		for _, prefix := range callsKernel {
			reaches = reaches || strings.HasPrefix(l.remote, prefix)
		}
		if reaches && !w.pass[l.remote] {
			w.refuse(at, "go:linkname "+l.remote, "makes system calls and is not simulated")
			continue
		}
		w.report.Links = append(w.report.Links, Note{at, l.remote})
	}
}

// rawInstruction matches a system call in assembly of any architecture, and calls of
// the functions that make them.
var rawInstruction = regexp.MustCompile(`(?i)^\s*(SYSCALL|SVC|SWI|SYSENTER|ECALL|SC|INT\s+\$(0x80|128)|(CALL|JMP|BL|B)\s+\S*syscall\S*)(\s|$)`)

// assembly refuses assembly that makes raw system calls.
func (w *rewriter) assembly(p *goPackage) error {
	for _, name := range p.SFiles {
		file := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			for code := range strings.SplitSeq(code, ";") {
				at := w.place(token.Position{Filename: file, Line: i + 1})
				if rawInstruction.MatchString(code) && !w.pass[name] {
					w.refuse(at, strings.Join(strings.Fields(code), " "), "assembly makes a system call, which cannot be rewired; replace the file by build tags (-tags) or pass it through")
				}
			}
		}
	}
	return nil
}
