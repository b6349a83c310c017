package watcher

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestPageHasEveryWord looks for each word of a workload in docs/tapes.md.
func TestPageHasEveryWord(t *testing.T) {
	text, err := os.ReadFile("../../docs/tapes.md")
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile("(?s)```.*?```").ReplaceAll(text, nil)
	page := map[string]bool{}
	for _, code := range regexp.MustCompile("`[^`]+`").FindAllString(string(text), -1) {
		for _, word := range regexp.MustCompile(`[a-z-]+`).FindAllString(code, -1) {
			page[word] = true
		}
	}
	words := slices.Concat(actionNames[:], opNames[:], modeNames, wantNames, connNames[:], momentNames[:], []string{
		wordTimer, wordPoster, wordEnds, wordInner, wordSip, wordSilent, wordStays, wordDo, wordOutput, wordKeeps, wordPost,
		wordSettable, wordAgain, wordCrowd, wordWakes, wordOutlives, wordStop, wordWithWatch, wordGap, wordMany, wordBurst,
	})
	for _, word := range words {
		if !page[word] {
			t.Errorf("docs/tapes.md does not explain the word %q", word)
		}
	}
}
