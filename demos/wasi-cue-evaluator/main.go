// SPDX-License-Identifier: Apache-2.0

// wasi-cue-evaluator evaluates the *.cue files of /script as one package and prints the concrete
// value as canonical JSON (RFC 8785), in one line. Imports of other packages are not resolved.
// Exit 1: an error of CUE, as text; 2: no script was granted.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	cueerrors "cuelang.org/go/cue/errors"
)

const (
	name     = "[wasi-cue-evaluator] "
	script   = "/script"
	maxInput = 64 << 10
	badFile  = 8
)

var (
	errNoScript = errors.New("no script granted")
	safe        = new(big.Int).SetInt64(1<<53 - 1)
)

func main() {
	line, err := evaluate()
	switch {
	case errors.Is(err, errNoScript):
		fmt.Printf("%sno script granted: EBADF (%d)\n", name, badFile)
		os.Exit(2)
	case err != nil:
		fmt.Printf("%s%s\n", name, strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
		os.Exit(1)
	}
	if _, err := fmt.Printf("%s%s\n", name, line); err != nil {
		os.Exit(1)
	}
}

func evaluate() (string, error) {
	instance := build.NewContext().NewInstance(script, nil)
	paths, err := filepath.Glob(script + "/*.cue")
	if _, statError := os.Stat(script); statError != nil {
		return "", errNoScript
	}
	if err != nil {
		return "", err
	}
	if len(paths) == 0 {
		return "", fmt.Errorf("no *.cue file in %s: %w", script, fs.ErrNotExist)
	}
	size := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if size += len(text); size > maxInput {
			return "", fmt.Errorf("the script is larger than %d bytes", maxInput)
		}
		if err := instance.AddFile(path, text); err != nil {
			return "", plain(err)
		}
	}
	if err := withoutImports(instance); err != nil {
		return "", err
	}
	value := cuecontext.New().BuildInstance(instance)
	if err := value.Validate(cue.Concrete(true)); err != nil {
		return "", plain(err)
	}
	text, err := value.MarshalJSON()
	if err != nil {
		return "", plain(err)
	}
	return canonical(text)
}

func withoutImports(instance *build.Instance) error {
	for _, file := range instance.Files {
		for _, each := range file.Decls {
			if imports, ok := each.(*ast.ImportDecl); ok && len(imports.Specs) > 0 {
				return fmt.Errorf("import %s: packages are not resolved here", imports.Specs[0].Path.Value)
			}
		}
	}
	return nil
}

// CUE's own words, each error once, without places.
func plain(err error) error {
	var lines []string
	for _, each := range cueerrors.Errors(err) {
		format, arguments := each.Msg()
		text := fmt.Sprintf(format, arguments...)
		if path := strings.Join(each.Path(), "."); path != "" {
			text = path + ": " + text
		}
		lines = append(lines, text)
	}
	return errors.New(strings.Join(lines, "; "))
}

// RFC 8785; an integer that a double cannot hold exactly is an error.
func canonical(text []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	var made strings.Builder
	err := write(&made, value)
	return made.String(), err
}

func write(to *strings.Builder, value any) error {
	switch value := value.(type) {
	case nil:
		to.WriteString("null")
	case bool:
		to.WriteString(strconv.FormatBool(value))
	case string:
		writeString(to, value)
	case json.Number:
		return writeNumber(to, value.String())
	case []any:
		return writeAll(to, '[', ']', len(value), func(at int) error { return write(to, value[at]) })
	case map[string]any:
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		sort.Slice(keys, func(a, b int) bool { return before(keys[a], keys[b]) })
		return writeAll(to, '{', '}', len(keys), func(at int) error {
			writeString(to, keys[at])
			to.WriteByte(':')
			return write(to, value[keys[at]])
		})
	}
	return nil
}

func writeAll(to *strings.Builder, open, shut byte, count int, each func(int) error) error {
	to.WriteByte(open)
	for at := 0; at < count; at++ {
		if at > 0 {
			to.WriteByte(',')
		}
		if err := each(at); err != nil {
			return err
		}
	}
	to.WriteByte(shut)
	return nil
}

// By UTF-16 units, as the RFC has it.
func before(a, b string) bool {
	left, right := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for at := 0; at < len(left) && at < len(right); at++ {
		if left[at] != right[at] {
			return left[at] < right[at]
		}
	}
	return len(left) < len(right)
}

func writeString(to *strings.Builder, text string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	to.WriteByte('"')
	for _, each := range text {
		if escape, ok := short[each]; ok {
			to.WriteString(escape)
		} else if each < 0x20 {
			fmt.Fprintf(to, `\u%04x`, each)
		} else {
			to.WriteRune(each)
		}
	}
	to.WriteByte('"')
}

func writeNumber(to *strings.Builder, text string) error {
	if whole, ok := new(big.Int).SetString(text, 10); ok {
		if new(big.Int).Abs(whole).Cmp(safe) > 0 {
			return fmt.Errorf("%s is beyond the whole numbers of JSON", text)
		}
		to.WriteString(whole.String())
		return nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) {
		return fmt.Errorf("%s is no number of JSON", text)
	}
	to.WriteString(ecmascript(number))
	return nil
}

// The shortest form, laid out as ECMAScript lays it out.
func ecmascript(number float64) string {
	if number == 0 {
		return "0"
	}
	if size := math.Abs(number); size >= 1e-6 && size < 1e21 {
		return strconv.FormatFloat(number, 'f', -1, 64)
	}
	text := strconv.FormatFloat(number, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	sign := exponent[:1]
	return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
}
