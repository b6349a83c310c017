//go:build linux

// Package serve has what the echo servers have in common: the command line and the
// listening socket.
//
//	SERVER NETWORK ADDRESS
//
// NETWORK is tcp or unix. A server echoes what it gets, on one loop, until it is killed.
// After SIGUSR1 it collects its garbage and gives free memory back to the system, so that
// its resident memory is what it needs.
package serve

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/sys/unix"
)

// Buffer is how many bytes a server reads at once.
const Buffer = 64 << 10

// Backlog is how many connections may wait to be accepted.
const Backlog = 4096

// Args returns the network and the address, and the arguments after them. It ends the
// program if they are missing.
func Args() (network, address string, more []string) {
	if len(os.Args) < 3 {
		fmt.Fprintf(os.Stderr, "usage: %s tcp|unix ADDRESS\n", os.Args[0])
		os.Exit(2)
	}
	return os.Args[1], os.Args[2], os.Args[3:]
}

// Exit ends the program with err. A server ends only if it fails.
func Exit(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
	os.Exit(1)
}

// CollectWhenAsked collects garbage after each SIGUSR1. Only servers that are measured for
// their memory call it, because a program that gets signals has one goroutine more.
func CollectWhenAsked(args []string) {
	for _, a := range args {
		if a != "collect" {
			continue
		}
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGUSR1)
		go func() {
			for range c {
				debug.FreeOSMemory()
			}
		}()
	}
}

// Listen returns a non-blocking socket that listens.
func Listen(network, address string) (int, error) {
	family, to, err := resolve(network, address)
	if err != nil {
		return -1, err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	}
	if err := unix.Bind(fd, to); err != nil {
		return -1, os.NewSyscallError("bind", err)
	}
	if err := unix.Listen(fd, Backlog); err != nil {
		return -1, os.NewSyscallError("listen", err)
	}
	return fd, nil
}

// Dial returns a non-blocking socket that is connected.
func Dial(network, address string) (int, error) {
	family, to, err := resolve(network, address)
	if err != nil {
		return -1, err
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := unix.Connect(fd, to); err != nil {
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("connect", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd)
		return -1, os.NewSyscallError("fcntl", err)
	}
	NoDelay(network, fd)
	return fd, nil
}

// NoDelay has TCP send small segments at once, as package net does.
func NoDelay(network string, fd int) {
	if network == "tcp" {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
}

func resolve(network, address string) (int, unix.Sockaddr, error) {
	if network == "unix" {
		return unix.AF_UNIX, &unix.SockaddrUnix{Name: address}, nil
	}
	a, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return 0, nil, err
	}
	return unix.AF_INET, &unix.SockaddrInet4{Port: a.Port, Addr: a.AddrPort().Addr().As4()}, nil
}
