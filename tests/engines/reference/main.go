// Judge reads image references with github.com/distribution/reference, as containerd and the kubelet do.
//
// Request line:  {"id", "image": text}
// Answer line:   {"id", "repository", "tag", "digest", "errors": [...]}; a part that is not there is "".
package main

import (
	"bufio"
	"encoding/json"
	"os"

	_ "crypto/sha256"
	_ "crypto/sha512"

	"github.com/distribution/reference"
)

type request struct {
	ID    json.RawMessage `json:"id"`
	Image string          `json:"image"`
}

type answer struct {
	ID         json.RawMessage `json:"id"`
	Repository string          `json:"repository"`
	Tag        string          `json:"tag"`
	Digest     string          `json:"digest"`
	Errors     []string        `json:"errors"`
}

func read(asked request) answer {
	found := answer{ID: asked.ID, Errors: []string{}}
	named, err := reference.ParseNormalizedNamed(asked.Image)
	if err != nil {
		found.Errors = append(found.Errors, err.Error())
		return found
	}
	named = reference.TagNameOnly(named)
	found.Repository = named.Name()
	if tagged, ok := named.(reference.Tagged); ok {
		found.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		found.Digest = digested.Digest().String()
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 1<<16), 1<<24)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			asked.ID = json.RawMessage("null")
		}
		if err := encoder.Encode(read(asked)); err != nil {
			os.Exit(1)
		}
		out.Flush()
	}
}
