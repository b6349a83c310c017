//go:build linux

package micro

import (
	"time"

	"reactortest/bench/internal/result"
)

const (
	batch     = 1024 // posts before the poster waits for the loop
	warmPosts = 32   // batches, or round trips, before the measurement begins
)

// posts measures how many functions a goroutine can post to a loop, and how long it takes
// until the loop has answered one.
func posts(p *Peer, length time.Duration) error {
	var all []*result.Result
	err := p.Posts(func(post func(func())) {
		all = append(all, throughput(post, length), roundTrip(post, length))
	})
	if err != nil {
		return err
	}
	for _, r := range all {
		r.Print()
	}
	return nil
}

func throughput(post func(func()), length time.Duration) *result.Result {
	done := make(chan struct{}, 1)
	count := 0 // of the loop
	fn := func() {
		if count++; count%batch == 0 {
			done <- struct{}{}
		}
	}
	round := func() {
		for range batch {
			post(fn)
		}
		<-done
	}
	for range warmPosts {
		round()
	}
	var m meter
	m.start()
	rounds := int64(0)
	for time.Since(m.began) < length {
		round()
		rounds++
	}
	return m.read("post", rounds*batch)
}

func roundTrip(post func(func()), length time.Duration) *result.Result {
	done := make(chan struct{}, 1)
	fn := func() { done <- struct{}{} }
	for range warmPosts {
		post(fn)
		<-done
	}
	var m meter
	m.start()
	n := int64(0)
	for time.Since(m.began) < length {
		post(fn)
		<-done
		n++
	}
	return m.read("roundtrip", n)
}
