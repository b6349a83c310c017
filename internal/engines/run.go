package engines

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"reactortest/internal/rewire"
)

// Options say what of a table is run.
type Options struct {
	Dir    string // the module with the table and the adapters
	Rows   func(r *Row) bool
	Runs   int // of each configuration
	Seed   uint64
	Jobs   int  // test programs at the same time
	Shrink int  // simulated calls that may be spent to shrink a failure; 0: proptest's default
	Twice  bool // each search is made on one processor and on two, and compared
	Shard  int  // number of this part of Shards, from 0
	Shards int  // 0 is 1
	Told   func(format string, args ...any)
	Done   func(r *Result) // is called with each result when it is there, in any order
}

// TableFile is the name of the table in its module.
const TableFile = "engines.json"

// unit is one configuration of one version of an engine.
type unit struct {
	row     *Row
	subject string
}

// Run judges the configurations of a table that o asks for, and returns what was found in
// the order of the table. Each version of an engine is rewired and built into a test
// program of its own, in the cache folder of the user.
func Run(ctx context.Context, t *Table, o *Options) ([]*Result, error) {
	var units []unit
	n := 0
	for i := range t.Rows {
		r := &t.Rows[i]
		if o.Rows != nil && !o.Rows(r) {
			continue
		}
		for _, s := range r.Subjects {
			if n%max(o.Shards, 1) == o.Shard {
				units = append(units, unit{r, s})
			}
			n++
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	x := &runner{o: o, cache: filepath.Join(cache, "reactortest", "engines"), built: map[*Row]program{}}
	x.buildAll(ctx, units)
	results := make([]*Result, len(units))
	errs := make([]error, len(units))
	var wait sync.WaitGroup
	room := make(chan struct{}, max(o.Jobs, 1))
	for i, u := range units {
		wait.Add(1)
		room <- struct{}{}
		go func() {
			defer wait.Done()
			defer func() { <-room }()
			results[i], errs[i] = x.judge(ctx, u)
			if o.Done != nil && results[i] != nil {
				o.Done(results[i])
			}
		}()
	}
	wait.Wait()
	return results, errors.Join(errs...)
}

// runner makes test programs and runs them.
type runner struct {
	o     *Options
	cache string
	built map[*Row]program
}

// program is a test program, or why there is none.
type program struct {
	path string
	err  error
}

// buildAll builds the test program of each row, one after the other: they share most of
// what they are made of.
func (x *runner) buildAll(ctx context.Context, units []unit) {
	for _, u := range units {
		if _, done := x.built[u.row]; done || ctx.Err() != nil {
			continue
		}
		began := time.Now()
		path, err := x.build(ctx, u.row)
		x.built[u.row] = program{path, err}
		if err != nil {
			x.told("%s %s: not built: %v", u.row.Engine, u.row.Version(), err)
			continue
		}
		x.told("%s %s: built in %v", u.row.Engine, u.row.Version(), time.Since(began).Round(time.Second/10))
	}
}

func (x *runner) told(format string, args ...any) {
	if x.o.Told != nil {
		x.o.Told(format, args...)
	}
}

func (x *runner) build(ctx context.Context, r *Row) (string, error) {
	o := &rewire.Options{Dir: x.o.Dir, Net: r.Net, Tags: r.Tags}
	if len(r.Modules) == 0 {
		o.Own = []string{r.Package}
	}
	for _, text := range r.Modules {
		m, err := rewire.ParseModule(text)
		if err != nil {
			return "", err
		}
		o.Modules = append(o.Modules, m)
	}
	for _, text := range r.Additions {
		a, err := rewire.ParseAddition(text)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(a.File) {
			a.File = filepath.Join(x.o.Dir, a.File)
		}
		o.Add = append(o.Add, a)
	}
	dir, err := filepath.Abs(x.o.Dir)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q %v", dir, o.Own, r.Modules, r.Additions, r.Tags, r.Net))
	o.Out = filepath.Join(x.cache, hex.EncodeToString(sum[:8]))
	report, err := rewire.Run(ctx, o)
	if err != nil {
		return "", err
	}
	program := o.Out + ".test"
	args := slices.Concat([]string{"test", "-c", "-o", program}, report.Flags(), []string{r.Package})
	env := slices.DeleteFunc(report.Environment(), func(v string) bool { return strings.HasPrefix(v, "GOMAXPROCS=") })
	_, err = command(ctx, x.o.Dir, env, "go", args...)
	return program, err
}

// judge judges one configuration, and compares two searches if that is asked for.
func (x *runner) judge(ctx context.Context, u unit) (*Result, error) {
	r, err := x.search(ctx, u, 1)
	if err != nil || !x.o.Twice || r.Problem != "" {
		return r, err
	}
	again, err := x.search(ctx, u, 2)
	if err != nil {
		return nil, err
	}
	if again.Problem != "" {
		r.Problem = "made again: " + again.Problem
	}
	r.Differ = Compare(r.Digests, again.Digests)
	return r, nil
}

// search runs the test program of one configuration.
func (x *runner) search(ctx context.Context, u unit, processors int) (*Result, error) {
	built := x.built[u.row]
	if built.err != nil {
		return &Result{Engine: u.row.Engine, Version: u.row.Version(), Subject: u.subject, Problem: built.err.Error()}, nil
	}
	file, err := os.CreateTemp("", "engine")
	if err != nil {
		return nil, err
	}
	_ = file.Close()
	defer func() { _ = os.Remove(file.Name()) }()
	args := []string{
		"-test.run=^" + u.row.Test + "$", "-test.timeout=0", "-engines.out=" + file.Name(), "-engines.subject=" + u.subject,
		"-engines.engine=" + u.row.Engine, "-engines.version=" + u.row.Version(),
		fmt.Sprintf("-engines.runs=%d", x.o.Runs), fmt.Sprintf("-engines.seed=%d", x.o.Seed), fmt.Sprintf("-engines.shrink=%d", x.o.Shrink),
	}
	if x.o.Twice {
		args = append(args, "-engines.digests")
	}
	began := time.Now()
	output, err := command(ctx, filepath.Join(x.o.Dir, u.row.Package), []string{fmt.Sprintf("GOMAXPROCS=%d", processors)}, built.path, args...)
	r, readErr := ReadResult(file.Name())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case readErr != nil:
		r = &Result{Engine: u.row.Engine, Version: u.row.Version(), Subject: u.subject, Problem: "the test program has told nothing"}
		if err != nil {
			r.Problem = err.Error()
		} else if len(output) > 0 {
			r.Problem += ": " + lastLines(output)
		}
	}
	x.told("%s %s, %s: %d runs, %d findings, %v", u.row.Engine, u.row.Version(), u.subject, r.Runs, len(r.Findings), time.Since(began).Round(time.Second/10))
	return r, nil
}

// command runs a program. An error has what the program has said.
func command(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args[:min(len(args), 2)], " "), err, lastLines(out.Bytes()))
	}
	return out.Bytes(), nil
}

// lastBytes is how much of the output of a program an error has.
const lastBytes = 2000

func lastLines(b []byte) string {
	if len(b) > lastBytes {
		b = b[len(b)-lastBytes:]
	}
	return strings.TrimSpace(string(b))
}
