package rewire

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// own is the source of this package: a change of it makes every earlier output stale.
//
//go:embed *.go
var own embed.FS

// stampFile is written first, empty, and last, with what the folder was made of.
const stampFile = "reactortest-rewire.json"

// stamp is the content of the file.
type stamp struct {
	Inputs string // a hash
	Report *Report
}

// readStamp returns the report of an earlier Run with the same inputs, else nil.
func readStamp(out, inputs string) *Report {
	text, err := os.ReadFile(filepath.Join(out, stampFile))
	if err != nil {
		return nil
	}
	var s stamp
	if json.Unmarshal(text, &s) != nil || s.Inputs != inputs || s.Report == nil {
		return nil
	}
	s.Report.Cached = true
	return s.Report
}

func writeStamp(out, inputs string, r *Report) error {
	text, err := json.MarshalIndent(&stamp{inputs, r}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, stampFile), append(text, '\n'), 0o644)
}

// clear empties the folder to write to, and marks it. It refuses a folder that holds
// something else.
func clear(out string) error {
	entries, err := os.ReadDir(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(out, stampFile)); err != nil {
			return fmt.Errorf("%s is not empty and was not written by rewire; name a new folder", out)
		}
	}
	for _, name := range []string{copies, layered, "overlay.json", "go.mod", "go.sum"} {
		if err := os.RemoveAll(filepath.Join(out, name)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, stampFile), nil, 0o644)
}

// digest hashes everything that the output depends on.
type digest struct {
	hash.Hash
	err error
}

func newDigest() *digest { return &digest{Hash: sha256.New()} }

func (d *digest) words(words ...string) {
	for _, w := range words {
		fmt.Fprintf(d, "%d:%s", len(w), w)
	}
}

// file adds the name and the content of a file, which need not exist.
func (d *digest) file(name string) {
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.err = errors.Join(d.err, err)
	}
	d.words(name, string(text))
}

// goFiles adds the Go files in a folder.
func (d *digest) goFiles(dir string) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	d.err = errors.Join(d.err, err)
	sort.Strings(names)
	for _, name := range names {
		d.file(name)
	}
}

// tree adds all files below a folder.
func (d *digest) tree(dir string) {
	d.err = errors.Join(d.err, filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			d.file(name)
		}
		return err
	}))
}

func (d *digest) ownSource() {
	entries, err := own.ReadDir(".")
	d.err = errors.Join(d.err, err)
	for _, e := range entries {
		text, err := own.ReadFile(e.Name())
		d.err = errors.Join(d.err, err)
		d.words(e.Name(), string(text))
	}
}

func (d *digest) sum() (string, error) { return hex.EncodeToString(d.Sum(nil)), d.err }
