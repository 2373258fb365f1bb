// Package protocol is what the judges share: questions as JSON lines on stdin, answers as JSON lines
// on stdout in the same order, and policies from YAML files. An engine error is never a pass: what a
// judge cannot load ends the process with status 2, what it cannot answer is in "errors".
package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sort"
	"strings"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// Request is one question.
type Request struct {
	ID json.RawMessage `json:"id"`
	// Command "policies" asks what was loaded (see Loaded) instead of a verdict.
	Command   string          `json:"command"`
	Object    json.RawMessage `json:"object"`
	OldObject json.RawMessage `json:"oldObject"`
	// Operation CREATE, UPDATE or DELETE is asked the way the admission webhook is; empty is asked the
	// way an audit (Gatekeeper) or a background scan (Kyverno) asks about an object of the cluster.
	Operation   string `json:"operation"`
	Subresource string `json:"subresource"`
	// Namespace of the request; for an admission the default is the object's own, then "default".
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
}

// Violation is one message of one policy. Action is what the engine does about it ("deny", "warn",
// "dryrun"; "Enforce", "Audit").
type Violation struct {
	Policy  string `json:"policy"`
	Rule    string `json:"rule,omitempty"`
	Message string `json:"message"`
	Action  string `json:"action,omitempty"`
}

// RuleRef names a rule of a policy.
type RuleRef struct {
	Policy string `json:"policy"`
	Rule   string `json:"rule"`
}

// Answer is one answer.
type Answer struct {
	ID         json.RawMessage `json:"id"`
	Violations []Violation     `json:"violations"`
	Errors     []string        `json:"errors"`
	Skipped    []RuleRef       `json:"skipped,omitempty"`
	Passed     []RuleRef       `json:"passed,omitempty"`
	// Undecodable says that the errors are about the object: the API server would never hand it to a policy.
	Undecodable bool `json:"undecodable,omitempty"`
	Loaded
}

// Loaded is what a judge has to say about its bundle: the names of its policies; in Kyverno also how many rules
// they have, those of autogen included; and what the engine warns of although it accepts it.
type Loaded struct {
	Policies []string `json:"policies,omitempty"`
	Rules    int      `json:"rules,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Sorted gives every list one order, and an empty list instead of null where tests look at it.
func (a Answer) Sorted() Answer {
	if a.Violations == nil {
		a.Violations = []Violation{}
	}
	if a.Errors == nil {
		a.Errors = []string{}
	}
	sort.Strings(a.Errors)
	sort.Slice(a.Violations, func(i, j int) bool {
		x, y := a.Violations[i], a.Violations[j]
		return x.Policy+"\x00"+x.Rule+"\x00"+x.Message < y.Policy+"\x00"+y.Rule+"\x00"+y.Message
	})
	for _, refs := range [][]RuleRef{a.Skipped, a.Passed} {
		sort.Slice(refs, func(i, j int) bool {
			return refs[i].Policy+"\x00"+refs[i].Rule < refs[j].Policy+"\x00"+refs[j].Rule
		})
	}
	return a
}

// Arguments reads the command line of a judge of several engines: "[-engine NAME] BUNDLE...", where the
// first engine is the default.
func Arguments(engines ...string) (engine string, bundle []string) {
	flag.StringVar(&engine, "engine", engines[0], strings.Join(engines, ", "))
	flag.Parse()
	if !slices.Contains(engines, engine) {
		Fatal(fmt.Errorf("no engine %q: there is %s", engine, strings.Join(engines, ", ")))
	}
	return engine, flag.Args()
}

// Fatal is for what a judge cannot load: the message on stderr, status 2.
func Fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

// Serve answers each line of in with the value that answer returns, in order, on all cores.
func Serve(in io.Reader, out io.Writer, answer func(line []byte) any) error {
	debug.SetGCPercent(400) // little lives long here: a fifth less time for some tens of MB
	type job struct {
		line   []byte
		result chan []byte
	}
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan job)
	// The queue bounds how far the fast workers run ahead of a slow one, and keeps the order.
	queue := make(chan chan []byte, 64*workers)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for j := range jobs {
				data, err := json.Marshal(answer(j.line))
				if err != nil {
					data, _ = json.Marshal(Answer{Errors: []string{"answer cannot be encoded: " + err.Error()}}.Sorted())
				}
				j.result <- append(data, '\n')
			}
		})
	}
	readErr := make(chan error, 1)
	go func() {
		defer close(queue)
		defer close(jobs)
		reader := bufio.NewReaderSize(in, 1<<20)
		for {
			line, err := reader.ReadBytes('\n')
			if len(bytes.TrimSpace(line)) > 0 {
				j := job{line: line, result: make(chan []byte, 1)}
				queue <- j.result
				jobs <- j
			}
			if err != nil {
				if errors.Is(err, io.EOF) {
					err = nil
				}
				readErr <- err
				return
			}
		}
	}()
	writer := bufio.NewWriterSize(out, 1<<20)
	for result := range queue {
		if _, err := writer.Write(<-result); err != nil {
			return err
		}
		if len(queue) == 0 {
			if err := writer.Flush(); err != nil {
				return err
			}
		}
	}
	pool.Wait()
	return errors.Join(<-readErr, writer.Flush())
}

// ServeVerdicts is Serve for the judges of a bundle, of which it tells when asked; panics of an engine
// become errors.
func ServeVerdicts(loaded Loaded, judge func(Request) Answer) error {
	sort.Strings(loaded.Policies)
	return Serve(os.Stdin, os.Stdout, func(line []byte) (result any) {
		var request Request
		defer func() {
			if r := recover(); r != nil {
				result = Answer{ID: request.ID, Errors: []string{fmt.Sprintf("panic: %v", r)}}.Sorted()
			}
		}()
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&request); err != nil {
			return Answer{ID: request.ID, Errors: []string{"request: " + err.Error()}}.Sorted()
		}
		if request.Command == "policies" {
			return Answer{ID: request.ID, Loaded: loaded}.Sorted()
		}
		if request.Command != "" {
			return Answer{ID: request.ID, Errors: []string{"request: unknown command " + request.Command}}.Sorted()
		}
		answer := judge(request)
		answer.ID = request.ID
		return answer.Sorted()
	})
}

var clusterScoped = map[string]bool{
	"Namespace": true, "Node": true, "PersistentVolume": true, "ClusterRole": true, "ClusterRoleBinding": true,
	"StorageClass": true, "PriorityClass": true, "RuntimeClass": true, "CustomResourceDefinition": true,
}

type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   *struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

func readHead(raw []byte) (head, error) {
	var h head
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, err
	}
	if h.APIVersion == "" || h.Kind == "" {
		return h, errors.New("the object needs apiVersion and kind")
	}
	return h, nil
}

func absent(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) == 0 || string(trimmed) == "null"
}

// placed writes the namespace into an object that names none, as the API server does before any
// webhook or audit sees it. All other bytes stay as they are.
func placed(raw json.RawMessage, namespace string) (json.RawMessage, error) {
	if absent(raw) {
		return nil, nil
	}
	h, err := readHead(raw)
	if err != nil {
		return nil, err
	}
	if namespace == "" || clusterScoped[h.Kind] {
		return raw, nil
	}
	if h.Metadata != nil && h.Metadata.Namespace != "" {
		if h.Metadata.Namespace != namespace {
			return nil, fmt.Errorf("the object's namespace %q is not the request's %q", h.Metadata.Namespace, namespace)
		}
		return raw, nil
	}
	var object, metadata map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(object["metadata"], &metadata); err != nil || metadata == nil {
		metadata = map[string]json.RawMessage{}
	}
	if metadata["namespace"], err = json.Marshal(namespace); err != nil {
		return nil, err
	}
	if object["metadata"], err = json.Marshal(metadata); err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// Bare returns the object of a request with an empty operation; its namespace is written in if the
// request names one.
func (r Request) Bare() (json.RawMessage, error) {
	if r.Subresource != "" || !absent(r.OldObject) {
		return nil, errors.New("request: an empty operation has neither subresource nor oldObject")
	}
	if absent(r.Object) {
		return nil, errors.New("request: no object")
	}
	return placed(r.Object, r.Namespace)
}

// Admission builds what the API server sends to the webhook.
func (r Request) Admission() (*admissionv1.AdmissionRequest, error) {
	switch r.Operation {
	case "CREATE", "UPDATE":
		if absent(r.Object) {
			return nil, fmt.Errorf("request: %s needs an object", r.Operation)
		}
		if absent(r.OldObject) != (r.Operation == "CREATE") {
			return nil, errors.New("request: UPDATE needs oldObject, CREATE has none")
		}
	case "DELETE":
		if absent(r.OldObject) || !absent(r.Object) {
			return nil, errors.New("request: DELETE needs oldObject and has no object")
		}
	default:
		return nil, fmt.Errorf("request: unknown operation %q", r.Operation)
	}
	main := r.Object
	if absent(main) {
		main = r.OldObject
	}
	h, err := readHead(main)
	if err != nil {
		return nil, err
	}
	namespace := r.Namespace
	if namespace == "" && h.Metadata != nil {
		namespace = h.Metadata.Namespace
	}
	if namespace == "" {
		namespace = "default"
	}
	if clusterScoped[h.Kind] {
		namespace = ""
	}
	object, err := placed(r.Object, namespace)
	if err != nil {
		return nil, err
	}
	oldObject, err := placed(r.OldObject, namespace)
	if err != nil {
		return nil, fmt.Errorf("oldObject: %w", err)
	}
	gv, err := schema.ParseGroupVersion(h.APIVersion)
	if err != nil {
		return nil, err
	}
	plural, _ := meta.UnsafeGuessKindToResource(gv.WithKind(h.Kind))
	kind := metav1.GroupVersionKind{Group: gv.Group, Version: gv.Version, Kind: h.Kind}
	resource := metav1.GroupVersionResource{Group: plural.Group, Version: plural.Version, Resource: plural.Resource}
	name := ""
	if h.Metadata != nil {
		name = h.Metadata.Name
	}
	dryRun := false
	return &admissionv1.AdmissionRequest{
		UID:                "00000000-0000-0000-0000-000000000000",
		Kind:               kind,
		Resource:           resource,
		SubResource:        r.Subresource,
		RequestKind:        &kind,
		RequestResource:    &resource,
		RequestSubResource: r.Subresource,
		Name:               name,
		Namespace:          namespace,
		Operation:          admissionv1.Operation(r.Operation),
		UserInfo:           authenticationv1.UserInfo{Username: "developer", Groups: []string{"system:authenticated"}},
		Object:             apiruntime.RawExtension{Raw: object},
		OldObject:          apiruntime.RawExtension{Raw: oldObject},
		DryRun:             &dryRun,
	}, nil
}

// Document is one YAML document of a bundle.
type Document struct {
	Source     string // file, and the number of the document in it
	APIVersion string
	Kind       string
	JSON       []byte
}

// ReadBundle reads every document of the files and, recursively, of the directories. Broken YAML
// (duplicate keys included) is an error; a document that is no Kubernetes object is left out.
func ReadBundle(paths []string) ([]Document, error) {
	var files []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			switch filepath.Ext(name) {
			case ".yaml", ".yml", ".json":
			default:
				if name != path {
					return nil
				}
			}
			if !entry.IsDir() {
				files = append(files, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no YAML files in %s", strings.Join(paths, ", "))
	}
	var documents []Document
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		reader := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
		for number := 1; ; number++ {
			text, err := reader.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			source := fmt.Sprintf("%s (document %d)", file, number)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
			data, err := yaml.YAMLToJSONStrict(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", source, err)
			}
			var h struct {
				APIVersion any `json:"apiVersion"`
				Kind       any `json:"kind"`
			}
			if json.Unmarshal(data, &h) != nil {
				continue // a list or a scalar: some other tool's file
			}
			apiVersion, _ := h.APIVersion.(string)
			kind, _ := h.Kind.(string)
			if apiVersion != "" && kind != "" {
				documents = append(documents, Document{Source: source, APIVersion: apiVersion, Kind: kind, JSON: data})
			}
		}
	}
	return documents, nil
}
