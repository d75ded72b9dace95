// SPDX-License-Identifier: Apache-2.0

// Command wasi-http-go answers HTTP with Go's own server on the listener that it was granted. GET / is
// a greeting, POST /echo gives the body back, GET /stop lets it end with what it served. Go opens no
// sockets of its own under WASI: the first descriptor from 3 up that listens is the one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// granted finds the listener behind the directories. It is made non-blocking before Go sees it: an
// accept that waits in the host would stop every goroutine.
func granted() (net.Listener, error) {
	for fd := uintptr(3); fd < 64; fd++ {
		_ = syscall.SetNonblock(int(fd), true)
		listener, err := net.FileListener(os.NewFile(fd, "listener"))
		if err == nil {
			return listener, nil
		}
	}
	return nil, errors.New("no listener was granted: --listen 127.0.0.1:8080")
}

func main() {
	listener, err := granted()
	if err != nil {
		fmt.Println("[wasi-http-go]", err)
		os.Exit(2)
	}
	var served atomic.Int64
	stopped := make(chan struct{})
	handler := http.NewServeMux()
	handler.HandleFunc("GET /{$}", func(to http.ResponseWriter, _ *http.Request) {
		served.Add(1)
		fmt.Fprintln(to, "hello from a guest")
	})
	handler.HandleFunc("POST /echo", func(to http.ResponseWriter, request *http.Request) {
		served.Add(1)
		_, _ = io.Copy(to, request.Body)
	})
	handler.HandleFunc("GET /stop", func(to http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(to, served.Load())
		close(stopped)
	})
	server := http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-stopped
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fmt.Println("[wasi-http-go]", err)
		os.Exit(1)
	}
	fmt.Printf("[wasi-http-go] served %d requests\n", served.Load())
}
