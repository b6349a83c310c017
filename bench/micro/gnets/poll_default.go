//go:build linux && !poll_opt

package main

import "github.com/panjf2000/gnet/v2/pkg/netpoll"

func poll(p *netpoll.Poller, handler netpoll.PollEventHandler) error { return p.Polling(handler) }
