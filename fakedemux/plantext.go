package fakedemux

import (
	"fmt"
	"strconv"
	"strings"
)

// What the text of a plan is made of, besides the letters of classes.
const (
	modeLetters = "fpa"
	wakeLetter  = "k"
	noneOn      = "_"
)

// Validate returns an error that names the first field of p that is out of range,
// nil if p is valid. New and SetPlan panic with this error.
func (p Plan) Validate() error {
	switch {
	case p.Mode > Adversarial:
		return fmt.Errorf("fakedemux: Plan.Mode is %d: it is Faithful, POSIX or Adversarial", p.Mode)
	case p.Faults < 0 || p.Faults > MaxFaults:
		return fmt.Errorf("fakedemux: Plan.Faults is %d: it is 0 to %d", p.Faults, MaxFaults)
	}
	if err := checkLetters(p.Off); err != nil {
		return fmt.Errorf("fakedemux: Plan.Off is %q: %w", p.Off, err)
	}
	return nil
}

// checkLetters refuses what is no letter of a class, and repetitions.
func checkLetters(s string) error {
	for i, letter := range s {
		if !strings.ContainsRune(classLetters(), letter) {
			return fmt.Errorf("%q is no class of faults, they are %q", letter, classLetters())
		}
		if strings.ContainsRune(s[:i], letter) {
			return fmt.Errorf("%q is there twice", letter)
		}
	}
	return nil
}

// String returns the plan as a tape has it, such as "f2odsvcwrilfnpxyb": a letter
// for the mode (f faithful, p posix, a adversarial), the budget of each class of
// faults, and the letters of the classes that are on, in the order of Classes. A
// class that is not named is off, so a tape does not get faults that did not
// exist when it was made. The letter k stands for WakeSwitches. "_" stands for no
// letters at all. ParseTapePlan reads the text.
func (p Plan) String() string {
	var b strings.Builder
	b.WriteByte(modeLetters[min(int(p.Mode), len(modeLetters)-1)])
	b.WriteString(strconv.Itoa(p.Faults))
	bare := b.Len()
	for _, c := range classes {
		if c.mode <= p.Mode && strings.IndexByte(p.Off, c.letter) < 0 {
			b.WriteByte(c.letter)
		}
	}
	if p.WakeSwitches {
		b.WriteString(wakeLetter)
	}
	if b.Len() == bare {
		b.WriteString(noneOn)
	}
	return b.String()
}

// ParseTapePlan reads the text of Plan.String and accepts no other form.
func ParseTapePlan(s string) (Plan, error) {
	p, err := ParsePlan(s)
	if err == nil && p.String() != s {
		return Plan{}, fmt.Errorf("fakedemux: plan %q: a tape names each class of faults that is on: this plan is written %q", s, p)
	}
	return p, err
}

// ParsePlan reads a plan as people write it on a command line. "f2" is a letter
// for the mode and the budget, and turns on every class of the mode. "f2-in"
// turns off the classes after the dash. "+k" at the end turns on WakeSwitches.
// ParsePlan also reads the text of Plan.String.
func ParsePlan(s string) (Plan, error) {
	p, letters, err := parseBudget(s)
	if err != nil {
		return Plan{}, err
	}
	short := letters == "" || letters[0] == '-' || letters[0] == '+'
	if short {
		letters, p.WakeSwitches = strings.CutSuffix(letters, "+"+wakeLetter)
		if letters == "-" || strings.HasPrefix(letters, "+") {
			return Plan{}, fmt.Errorf("fakedemux: plan %q: letters of classes follow after the dash, they are %q, and only +%s may follow these",
				s, classLetters(), wakeLetter)
		}
		letters = strings.TrimPrefix(letters, "-")
	} else if letters, p.WakeSwitches = strings.CutSuffix(letters, wakeLetter); !p.WakeSwitches && letters == noneOn {
		letters = ""
	}
	if err := checkLetters(letters); err != nil {
		return Plan{}, fmt.Errorf("fakedemux: plan %q: %w", s, err)
	}
	for _, c := range classes {
		named := strings.IndexByte(letters, c.letter) >= 0
		switch {
		case c.mode <= p.Mode && named == short:
			p.Off += string(c.letter)
		case c.mode > p.Mode && named && !short:
			return Plan{}, fmt.Errorf("fakedemux: plan %q: %q is for mode %v, the plan is %v", s, c.letter, c.mode, p.Mode)
		}
	}
	return p, nil
}

// parseBudget reads the mode and the budget at the beginning of s.
func parseBudget(s string) (p Plan, letters string, err error) {
	mode := -1
	if s != "" {
		mode = strings.IndexByte(modeLetters, s[0])
	}
	if mode < 0 {
		return Plan{}, "", fmt.Errorf("fakedemux: plan %q: it begins with f (faithful), p (posix) or a (adversarial)", s)
	}
	letters = strings.TrimLeft(s[1:], "0123456789")
	digits := s[1 : len(s)-len(letters)]
	n, err := strconv.Atoi(digits)
	if err != nil || n > MaxFaults || digits != strconv.Itoa(n) {
		return Plan{}, "", fmt.Errorf("fakedemux: plan %q: a budget of faults, 0 to %d, follows the letter", s, MaxFaults)
	}
	return Plan{Mode: Mode(mode), Faults: n}, letters, nil
}
