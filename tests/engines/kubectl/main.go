// Judge reads texts of YAML and JSON as kubectl does: documents by k8s.io/apimachinery, values by sigs.k8s.io/yaml.
//
// Request line:  {"id", "text": base64}
// Answer line:   {"id", "documents": [{"json": text | null, "error": text, "strict": text}]}
//
// A text is taken apart into documents by the reader of NewYAMLOrJSONDecoder; each is then converted by itself, so that
// one that is broken does not hide those behind it. "strict" is the error of the strict reader, which refuses a key that
// stands twice.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	kubectl "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

type request struct {
	ID   json.RawMessage `json:"id"`
	Text []byte          `json:"text"`
}

type document struct {
	JSON   json.RawMessage `json:"json"`
	Error  string          `json:"error"`
	Strict string          `json:"strict"`
}

type answer struct {
	ID        json.RawMessage `json:"id"`
	Documents []document      `json:"documents"`
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func converted(text []byte) document {
	found, err := yaml.YAMLToJSON(text)
	_, strict := yaml.YAMLToJSONStrict(text)
	if err != nil || !json.Valid(found) {
		return document{JSON: json.RawMessage("null"), Error: said(err), Strict: said(strict)}
	}
	return document{JSON: found, Strict: said(strict)}
}

func ofYAML(text []byte) []document {
	documents := []document{}
	reader := kubectl.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		one, err := reader.Read()
		if err == io.EOF {
			return documents
		}
		if err != nil {
			return append(documents, document{JSON: json.RawMessage("null"), Error: err.Error()})
		}
		documents = append(documents, converted(one))
	}
}

func read(text []byte) []document {
	if !kubectl.IsJSONBuffer(text) {
		return ofYAML(text)
	}
	documents := []document{}
	_, strict := yaml.YAMLToJSONStrict(text)
	decoder := kubectl.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var one runtime.RawExtension
		err := decoder.Decode(&one)
		if err == io.EOF {
			return documents
		}
		if err != nil {
			return append(documents, document{JSON: json.RawMessage("null"), Error: err.Error()})
		}
		raw := one.Raw
		if len(raw) == 0 {
			raw = []byte("null")
		}
		documents = append(documents, document{JSON: raw, Strict: said(strict)})
	}
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, 1<<16), 1<<28)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			asked.ID = json.RawMessage("null")
		}
		if err := encoder.Encode(answer{ID: asked.ID, Documents: read(asked.Text)}); err != nil {
			os.Exit(1)
		}
		out.Flush()
	}
}
