package winfidelity

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

// Words of a script for what is a number in a Call.
var (
	whenWords = []string{whenNever: "never", whenNow: "now", whenSoon: "soon", whenFar: "far"}
	modeWords = []string{
		iocp.SkipOnSuccess: "skip", iocp.SkipSetEvent: "event", iocp.SkipOnSuccess | iocp.SkipSetEvent: "both", 4: "other",
	}
)

// maxNumber is the largest number of a script, maxBytes the largest read or write.
const (
	maxNumber = 1<<31 - 1
	maxBytes  = 4096
)

// String returns "o1" for the first.
func (n Oper) String() string {
	switch {
	case n == All:
		return "all"
	case n < 0:
		return "none"
	default:
		return fmt.Sprintf("o%d", n+1)
	}
}

func parseOper(s string) (Oper, error) {
	switch s {
	case "all":
		return All, nil
	case "none":
		return NotStarted, nil
	}
	digits, found := strings.CutPrefix(s, "o")
	n, err := strconv.Atoi(digits)
	if !found || err != nil || n < 1 || n > maxBytes {
		return 0, fmt.Errorf("%q is no operation: they are o1 and so on, all and none", s)
	}
	return Oper(n - 1), nil
}

// String returns the call as a script has it: "pair a b", "recv o1 a 9".
func (c *Call) String() string {
	words := []string{ops[c.Op].word}
	made := c.Made
	for _, p := range ops[c.Op].parts {
		w := c.words(p, made)
		if p == partMade {
			made++
		}
		if w != "" {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// words returns one argument, "" if it is left out.
func (c *Call) words(p part, made sequence.Ref) string {
	switch {
	case p == partMade:
		return made.String()
	case p == partStart:
		return c.Start.String()
	case p == partHandle:
		return c.Handle.String()
	case p == partOther:
		return c.Other.String()
	case p == partOper:
		return c.Oper.String()
	case p == partN:
		return strconv.Itoa(c.N)
	case p == partKey:
		return strconv.FormatUint(uint64(c.Key), 10)
	case p == partModes:
		return modeWords[c.Flags]
	case p == partEvents:
		return conditionNames.Text(c.Bits)
	case p == partWhen && c.When != whenNever:
		return whenWords[c.When]
	case p == partHandles && c.N != 1:
		return strconv.Itoa(c.N)
	case p == partExclusive && c.Flags != 0:
		return "exclusive"
	default:
		return ""
	}
}

// parseCall reads what Call.String wrote. made and started are how many handles
// and operations the calls before it have made.
func parseCall(line string, made sequence.Ref, started Oper) (Call, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Call{}, fmt.Errorf("an empty line is no call")
	}
	op := Op(slices.IndexFunc(ops[:], func(d description) bool { return d.word == words[0] }) + 1)
	if op == 0 {
		return Call{}, fmt.Errorf("there is no call %q", words[0])
	}
	op--
	c := Call{Op: op, Made: made, Start: started}
	rest := words[1:]
	for _, p := range ops[op].parts {
		word := ""
		if len(rest) > 0 {
			word = rest[0]
		}
		took, err := c.take(p, word, made)
		if err != nil {
			return Call{}, fmt.Errorf("%q: %w", line, err)
		}
		if p == partMade {
			made++
		}
		if took {
			rest = rest[1:]
		}
	}
	if len(rest) > 0 {
		return Call{}, fmt.Errorf("%q: what is %q?", line, rest[0])
	}
	if c.N > maxBytes && op != opPost || op == opGet && c.N > maxEntries {
		return Call{}, fmt.Errorf("%q: %d is more than there is room for", line, c.N)
	}
	return c, nil
}

// take reads one argument and reports whether it is the next word.
func (c *Call) take(p part, word string, made sequence.Ref) (took bool, err error) {
	switch {
	case p == partWhen && !slices.Contains(whenWords, word):
		c.When = whenNever
		return false, nil
	case p == partHandles && (word == "" || word[0] < '0' || word[0] > '9'):
		c.N = 1
		return false, nil
	case p == partExclusive && word == "":
		return false, nil
	case word == "":
		return false, fmt.Errorf("it ends too early")
	}
	return true, c.parse(p, word, made)
}

// parse reads the word of an argument.
func (c *Call) parse(p part, word string, made sequence.Ref) (err error) {
	var n int
	switch p {
	case partMade:
		if word != made.String() {
			err = fmt.Errorf("what is made here is called %v", made)
		}
	case partStart:
		if word != c.Start.String() {
			err = fmt.Errorf("what is started here is called %v", c.Start)
		}
	case partHandle:
		c.Handle, err = sequence.ParseRef(word)
	case partOther:
		c.Other, err = sequence.ParseRef(word)
	case partOper:
		c.Oper, err = parseOper(word)
	case partN, partHandles:
		c.N, err = number(word)
	case partKey:
		n, err = number(word)
		c.Key = uint32(n)
	case partModes:
		n, err = indexOf(modeWords, word)
		c.Flags = uint8(n)
	case partWhen:
		n, err = indexOf(whenWords, word)
		c.When = uint8(n)
	case partEvents:
		c.Bits, err = conditionNames.Parse(word)
	case partExclusive:
		c.Flags = exclusive
		_, err = indexOf([]string{"exclusive"}, word)
	case partCount:
	}
	return err
}

func number(word string) (int, error) {
	n, err := strconv.Atoi(word)
	if err == nil && (n < 0 || n > maxNumber) {
		err = fmt.Errorf("%d is not in 0 to %d", n, maxNumber)
	}
	return n, err
}

func indexOf(words []string, word string) (int, error) {
	if i := slices.Index(words, word); i >= 0 && word != "" {
		return i, nil
	}
	return 0, fmt.Errorf("%q is none of %s", word, strings.Join(words, " "))
}
