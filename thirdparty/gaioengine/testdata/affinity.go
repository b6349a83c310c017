// Package gaio gets a function here that its versions with cgo have.
package gaio

func setAffinity(int32) error { return nil }
