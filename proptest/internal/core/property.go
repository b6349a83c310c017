// Package core is what the suites of package proptest have in common. It knows
// no subject.
package core

// Property is a written rule that subjects are judged by.
type Property struct {
	Name string // of the rule and of its subtest
	Rule string // the sentence
	Why  string // what goes wrong without it
	Must bool   // a violation fails; false: it is reported
}
