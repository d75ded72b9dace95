// SPDX-License-Identifier: Apache-2.0

// Command walk DIR N makes N files in a hundred directories of DIR by eight goroutines, walks them
// while timers run, renames every tenth, and removes all. It says what it counted; any surprise is
// a line on stderr and status 1.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const folders = 100

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "walk:", err)
		os.Exit(1)
	}
}

func claim(good bool, what string) {
	if !good {
		must(errors.New(what))
	}
}

func name(root string, i int) string {
	return filepath.Join(root, fmt.Sprintf("d%02d", i%folders), fmt.Sprintf("f%06d", i))
}

func makeFiles(root string, n int) {
	for i := range folders {
		must(os.MkdirAll(filepath.Join(root, fmt.Sprintf("d%02d", i)), 0o755))
	}
	var group sync.WaitGroup
	work := make(chan int)
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := range work {
				must(os.WriteFile(name(root, i), []byte(strconv.Itoa(i)), 0o644))
			}
		}()
	}
	for i := range n {
		work <- i
	}
	close(work)
	group.Wait()
}

// walkAll counts the files below root and adds up what stands in them.
func walkAll(root string) (files int, sum int) {
	must(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		value, err := strconv.Atoi(string(text))
		files, sum = files+1, sum+value
		return err
	}))
	return files, sum
}

func renameTenth(root string, n int) {
	for i := 0; i < n; i += 10 {
		must(os.Rename(name(root, i), name(root, i)+".moved"))
	}
}

func countMoved(root string) int {
	moved := 0
	for i := range folders {
		entries, err := os.ReadDir(filepath.Join(root, fmt.Sprintf("d%02d", i)))
		must(err)
		claim(sort.SliceIsSorted(entries, func(a, b int) bool { return entries[a].Name() < entries[b].Name() }),
			"ReadDir is not sorted")
		for _, entry := range entries {
			if strings.HasSuffix(entry.Name(), ".moved") {
				moved++
			}
		}
	}
	return moved
}

// timers starts a ticker and three timeouts, and answers how to end and check them.
func timers() func() {
	ctx, cancel := context.WithCancel(context.Background())
	var ticks atomic.Int64
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				ticks.Add(1)
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		order := make(chan int, 3)
		for _, wait := range []int{30, 10, 20} {
			time.AfterFunc(time.Duration(wait)*time.Millisecond, func() { order <- wait })
		}
		claim(<-order == 10 && <-order == 20 && <-order == 30, "timers fired out of order")
		before := time.Now()
		time.Sleep(5 * time.Millisecond)
		claim(time.Since(before) >= 5*time.Millisecond, "slept too little")
		short, stop := context.WithTimeout(ctx, time.Millisecond)
		<-short.Done()
		claim(errors.Is(short.Err(), context.DeadlineExceeded), "the timeout did not fire")
		stop()
		cancel()
		group.Wait()
		claim(ticks.Load() > 0, "the ticker never ticked")
	}
}

// odds are the calls that a walk does not need.
func odds(root string) {
	file, err := os.CreateTemp(root, "odd")
	must(err)
	_, err = io.Copy(file, strings.NewReader("0123456789"))
	must(err)
	must(file.Truncate(4))
	must(file.Sync())
	_, err = file.WriteAt([]byte("x"), 1)
	must(err)
	end, err := file.Seek(0, io.SeekEnd)
	must(err)
	claim(end == 4, "truncated to another size")
	at := time.Unix(1000000000, 123456789)
	must(os.Chtimes(file.Name(), at, at))
	info, err := file.Stat()
	must(err)
	claim(info.Size() == 4 && info.ModTime().Equal(at), "Chtimes is not exact")
	must(file.Close())
	must(os.Symlink(filepath.Base(file.Name()), file.Name()+".link"))
	target, err := os.Readlink(file.Name() + ".link")
	must(err)
	claim(target == filepath.Base(file.Name()), "Readlink")
	through, err := os.Stat(file.Name() + ".link")
	must(err)
	claim(os.SameFile(info, through), "a link leads to another file")
	must(os.Link(file.Name(), file.Name()+".hard"))
	text, err := os.ReadFile(file.Name() + ".hard")
	must(err)
	claim(string(text) == "0x23", "content by a hard link")
	_, err = os.Open(filepath.Join(root, "missing"))
	claim(errors.Is(err, fs.ErrNotExist), "a missing file is not ErrNotExist")
	claim(errors.Is(os.Mkdir(filepath.Join(root, "d00"), 0o755), fs.ErrExist), "Mkdir is not ErrExist")
	claim(os.Remove(root) != nil, "a full directory was removed")
}

func main() {
	claim(len(os.Args) == 3, "usage: walk DIR N")
	root := filepath.Join(os.Args[1], "tree")
	n, err := strconv.Atoi(os.Args[2])
	must(err)
	finish := timers()
	makeFiles(root, n)
	files, sum := walkAll(root)
	claim(files == n && sum == n*(n-1)/2, "the walk found other files than were made")
	renameTenth(root, n)
	moved := countMoved(root)
	finish()
	odds(root)
	must(os.RemoveAll(root))
	_, err = os.Stat(root)
	claim(errors.Is(err, fs.ErrNotExist), "the tree is still there")
	fmt.Printf("walked %d moved %d\n", files, moved)
}
