package story_test

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/internal/golden"
	"reactortest/internal/story"
	"reactortest/realdemux"
)

// randomStories is how many stories are held against the running kernel.
const randomStories = 3000

// TestRandomStoriesOnTheRealKernel plays stories of random calls on both
// kernels. They have unix sockets, pipes and eventfds only: what TCP does
// depends on when its acknowledgments come. The story that fails is printed as
// a script, shortened.
func TestRandomStoriesOnTheRealKernel(t *testing.T) {
	for seed := range randomStories {
		lines := randomStory(dice(seed))
		simulated, real := both(t, lines)
		if simulated == real {
			continue
		}
		lines = shorten(t, lines)
		simulated, real = both(t, lines)
		t.Fatalf("story %d: the kernels differ (- the running one, + the simulated one)\n%s\n%s",
			seed, strings.Join(lines, "\n"), golden.Diff(real, simulated))
	}
}

// both plays a story on both kernels. A story that cannot be played is the same
// on both.
func both(t *testing.T, lines []string) (simulated, real string) {
	t.Helper()
	s := parse(t, strings.Join(lines, "\n")+"\n")
	simulated, err := story.Play(s, "epoll")
	if err != nil {
		return "", ""
	}
	m := &machine{Host: realdemux.NewHost()}
	defer m.closeAll()
	real, err = story.PlayOn(m, s)
	if err != nil {
		return "", ""
	}
	return simulated, real
}

// shorten leaves out every line without which the kernels differ still.
func shorten(t *testing.T, lines []string) []string {
	t.Helper()
	for i := 0; i < len(lines); {
		less := append(append([]string(nil), lines[:i]...), lines[i+1:]...)
		if simulated, real := both(t, less); simulated != real {
			lines, i = less, 0
		} else {
			i++
		}
	}
	return lines
}

// dice is a linear congruential generator: stories are the same in every run.
type dice uint64

func (d *dice) roll(n int) int {
	*d = *d*6364136223846793005 + 1442695040888963407
	return int(uint64(*d)>>33) % n
}

func (d *dice) pick(words ...string) string { return words[d.roll(len(words))] }

// bits returns what a registration asks for.
func (d *dice) bits() string {
	names := []string{"in", "out", "rdhup", "et", "oneshot"}
	if d.roll(5) == 0 {
		names = []string{"in", "out", "et", "exclusive"}
	}
	var chosen []string
	for _, name := range names {
		if d.roll(2) == 0 {
			chosen = append(chosen, name)
		}
	}
	if len(chosen) == 0 {
		return "-"
	}
	return strings.Join(chosen, "|")
}

// randomStory returns the lines of a story.
func randomStory(d dice) []string {
	d *= 0x9e3779b97f4a7c15 // so that seeds in a row do not begin alike
	lines := []string{"pair a A", "pair b B", "pipe r w", "eventfd e", "epoll create p", "epoll create q"}
	open := []string{"a", "A", "b", "B", "r", "w", "e"}
	if d.roll(2) == 0 {
		open = append(open, "p", "q") // nested
	}
	dups := 0
	for range 40 {
		i := d.roll(len(open))
		name, ep := open[i], d.pick("p", "p", "q")
		line := ""
		switch d.roll(15) {
		case 0, 1, 2:
			line = fmt.Sprintf("epoll add %s %s %s", ep, name, d.bits())
		case 3, 4:
			line = fmt.Sprintf("epoll mod %s %s %s as %s-%d", ep, name, d.bits(), name, len(lines))
		case 5:
			line = fmt.Sprintf("epoll del %s %s", ep, name)
		case 6, 7:
			line = "epoll wait " + ep
		case 8:
			line = fmt.Sprintf("epoll wait %s max %d", ep, 1+d.roll(2))
		case 9, 10:
			line = fmt.Sprintf("write %s %s", name, d.pick("x", "yy", "eight-by"))
		case 11:
			line = d.pick("drain ", "read ", "take ") + name
		case 12:
			line = "shut " + name
		case 13:
			if len(open) > 3 && name != "p" && name != "q" && d.roll(2) == 0 {
				line = "abandon " + name
				open = append(open[:i:i], open[i+1:]...)
			}
		case 14:
			dups++
			line = fmt.Sprintf("dup %s %s-dup%d", name, name, dups)
			open = append(open, fmt.Sprintf("%s-dup%d", name, dups))
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return append(lines, "epoll wait p", "epoll wait q")
}
