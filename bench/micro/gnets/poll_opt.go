//go:build linux && poll_opt

package main

import "github.com/panjf2000/gnet/v2/pkg/netpoll"

// poll has the handlers of the attachments called.
func poll(p *netpoll.Poller, _ netpoll.PollEventHandler) error { return p.Polling() }
