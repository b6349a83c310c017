package main

import (
	"fmt"
	"strings"

	"reactortest/internal/planted"
	"reactortest/proptest"
)

// ruleBook returns docs/rules.md: every rule, why it is there, and a subject of the
// command that breaks it.
func ruleBook() string {
	var b strings.Builder
	b.WriteString(`# The rule book

This page is generated from the code. After a change of a rule, write it anew:

` + "```" + `
go test ./cmd/reactortest -run TestRuleBook -update
` + "```" + `

"Must" means that a violation fails the test. "Should" means that a violation is reported and does not fail.
`)
	section := func(title, intro string, rules []proptest.Property) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", title, intro)
		for _, p := range rules {
			must := "should"
			if p.Must {
				must = "must"
			}
			fmt.Fprintf(&b, "\n### %s\n\n**%s.** (%s)\n\n%s\n", p.Name, sentence(p.Rule), must, capital(p.Why))
			for _, s := range planted.All() {
				if s.Rule == p.Name && !s.Legal {
					fmt.Fprintf(&b, "\n- `%s%s` %s\n", plantedPrefix, s.Name, strings.TrimSpace(s.Why))
				}
			}
		}
	}
	section("Reactors", "`TestReactor` and `check` judge by these rules. Below a rule are the subjects of the command that break it.", proptest.Properties())
	section("Demultiplexers", "`TestDemux` judges by these rules. [The contract](contract.md) has them in full.", proptest.DemuxRules())
	section("Demultiplexers that carry out operations", "`TestCompleter` judges by these rules.", proptest.CompleterRules())
	section("When the run itself breaks down", "These failures belong to no rule.", proptest.Breakdowns())
	return b.String()
}

// sentence returns s with a capital letter and without the full stop at its end.
func sentence(s string) string { return capital(strings.TrimSuffix(strings.TrimSpace(s), ".")) }

// capital returns s with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
