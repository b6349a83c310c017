//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"reactortest/realdemux"
)

// built has the programs that could be built, and the reasons why others could not.
type built struct {
	folder  string
	skipped map[string]string // by program
	install []string          // packages of Debian
	id      string            // a digest of the programs and the machine
}

// build builds all programs into folder. A program in C that cannot be built is skipped;
// one in Go that cannot is an error.
func build(folder string) (*built, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	b := &built{folder: folder, skipped: map[string]string{}}
	if _, err := exec.LookPath("strace"); err != nil {
		b.install = append(b.install, "strace")
	}
	b.probe()
	digest := sha256.New()
	for i := range programs {
		p := &programs[i]
		if err := b.one(p); err != nil {
			return nil, err
		}
		if b.skipped[p.name] != "" {
			continue
		}
		if err := addFile(digest, filepath.Join(folder, p.name)); err != nil {
			return nil, err
		}
	}
	fmt.Fprintln(digest, machine())
	b.id = hex.EncodeToString(digest.Sum(nil))[:12]
	return b, nil
}

// probe asks whether the kernel lets this process use io_uring.
func (b *built) probe() {
	d, err := realdemux.OpenCompleter()
	if err != nil {
		b.skipped["oursuring"] = firstLine(err.Error())
		return
	}
	_ = d.Close()
}

func (b *built) one(p *program) error {
	out := filepath.Join(b.folder, p.name)
	if !strings.HasSuffix(p.from, ".c") {
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", p.tags, "-o", out, p.from)
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", p.name, err, text)
		}
		return nil
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		b.skip(p, "gcc is not installed", "gcc", "libc6-dev")
		return nil
	}
	if !headers("-lpthread") {
		b.skip(p, "Debian's package libc6-dev is not installed", "libc6-dev")
		return nil
	}
	if p.pkg != "" && !headers(p.libs[0]) {
		b.skip(p, "Debian's package "+p.pkg+" is not installed", p.pkg)
		return nil
	}
	args := append([]string{"-O2", "-o", out, filepath.Join("c", p.from)}, p.libs...)
	if text, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", p.name, err, text)
	}
	return nil
}

// header files tell whether a package is there.
var headerOf = map[string]string{"-luv": "uv.h", "-levent_core": "event2/event.h", "-lev": "ev.h", "-lpthread": "pthread.h"}

func headers(lib string) bool {
	cmd := exec.Command("gcc", "-E", "-o", "/dev/null", "-x", "c", "-")
	cmd.Stdin = strings.NewReader("#include <" + headerOf[lib] + ">\n")
	return cmd.Run() == nil
}

func (b *built) skip(p *program, reason string, packages ...string) {
	b.skipped[p.name] = reason
	for _, name := range packages {
		if !slices.Contains(b.install, name) {
			b.install = append(b.install, name)
		}
	}
}

func addFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = io.Copy(w, f)
	return err
}

// machine says where the measurements are made.
func machine() string {
	var u unix.Utsname
	release := "an unknown kernel"
	if unix.Uname(&u) == nil {
		release = "Linux " + unix.ByteSliceToString(u.Release[:])
	}
	model := "an unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.SplitSeq(string(b), "\n") {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d processors, %s, %s", model, runtime.NumCPU(), release, runtime.Version())
}
