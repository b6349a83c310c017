//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"os"

	"reactortest/bench/internal/result"
)

// record is a line of the state file: what one measurement gave.
type record struct {
	Cell    string           `json:"cell"`
	Peer    string           `json:"peer"`
	Round   int              `json:"round"`
	Results []*result.Result `json:"results"`
	Busy    float64          `json:"busy"`  // the share of the two processors that others used
	Again   int              `json:"again"` // repetitions
}

type key struct {
	cell, peer string
	round      int
}

// state has what was measured so far. An interrupted run continues where it ended, as long as
// the programs and the machine are the same.
type state struct {
	file *os.File
	all  map[key]*record
}

func openState(path string) (*state, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s := &state{file: f, all: map[key]*record{}}
	good := int64(0) // what a killed run has written in half is overwritten
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		if err != nil {
			break
		}
		var x record
		if json.Unmarshal(line, &x) != nil {
			break
		}
		good += int64(len(line))
		s.all[key{x.Cell, x.Peer, x.Round}] = &x
	}
	if err := f.Truncate(good); err != nil {
		return nil, err
	}
	_, err = f.Seek(good, 0)
	return s, err
}

func (s *state) add(r *record) error {
	s.all[key{r.Cell, r.Peer, r.Round}] = r
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = s.file.Write(append(b, '\n'))
	return err
}

func (s *state) get(cell, peer string, round int) *record { return s.all[key{cell, peer, round}] }
