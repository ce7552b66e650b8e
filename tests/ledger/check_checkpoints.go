// Opens two checkpoints with Go's own notes and checks a consistency proof between them, and an entry's inclusion, with
// Go's own trees: go run check_checkpoints.go VERIFIER-KEY OLD NEW CONSISTENCY N LEAF INCLUSION, each proof base64.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func opened(verifier note.Verifier, path string) (int64, tlog.Hash) {
	signed := must(note.Open(must(os.ReadFile(path)), note.VerifierList(verifier)))
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		must(0, fmt.Errorf("a checkpoint of %s", lines[0]))
	}
	return must(strconv.ParseInt(lines[1], 10, 64)), must(tlog.ParseHash(lines[2]))
}

func hashes(text string) []tlog.Hash {
	found := []tlog.Hash{}
	data := must(base64.StdEncoding.DecodeString(text))
	for ; len(data) >= tlog.HashSize; data = data[tlog.HashSize:] {
		found = append(found, tlog.Hash(*(*[tlog.HashSize]byte)(data)))
	}
	return found
}

func main() {
	verifier := must(note.NewVerifier(os.Args[1]))
	size, root := opened(verifier, os.Args[2])
	laterSize, laterRoot := opened(verifier, os.Args[3])
	must(0, tlog.CheckTree(hashes(os.Args[4]), laterSize, laterRoot, size, root))
	n := must(strconv.ParseInt(os.Args[5], 10, 64))
	leaf := tlog.RecordHash(must(os.ReadFile(os.Args[6])))
	must(0, tlog.CheckRecord(hashes(os.Args[7]), laterSize, laterRoot, n, leaf))
	fmt.Printf("%s: %d entries begin with %d\n", verifier.Name(), laterSize, size)
}
