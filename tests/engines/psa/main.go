// Judge asks the reference for the Pod Security Standards, k8s.io/pod-security-admission, about pods.
//
// Request line:  {"id", "object": a Pod or a controller, "level": "baseline|restricted", "version": "latest|v1.N"}
// Answer line:   {"id", "allowed", "checks": {check id: {"allowed", "reason", "detail"}}, "overridden": [...], "errors": [...]}
//
// checks holds every check of the level and version under its upstream id; overridden names the baseline
// checks that a restricted one replaces at that version (they are not in force, and not in checks).
// Decoding is as strict as the API server's: a wrong type, an unknown or a duplicate field is an error. Nothing is
// defaulted and nothing else is validated.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/admission"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"podsec-compile/engines/protocol"
)

type request struct {
	ID      json.RawMessage `json:"id"`
	Object  json.RawMessage `json:"object"`
	Level   string          `json:"level"`
	Version string          `json:"version"`
}

type check struct {
	Allowed bool   `json:"allowed"`
	Reason  string `json:"reason,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

type answer struct {
	ID         json.RawMessage  `json:"id"`
	Allowed    bool             `json:"allowed"`
	Checks     map[string]check `json:"checks"`
	Overridden []string         `json:"overridden"`
	Errors     []string         `json:"errors"`
}

var decoder runtime.Decoder

func main() {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme} {
		if err := add(scheme); err != nil {
			protocol.Fatal(err)
		}
	}
	decoder = serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	checks := policy.DefaultChecks()
	evaluator, err := policy.NewEvaluator(checks, nil)
	if err != nil {
		protocol.Fatal(err)
	}
	err = protocol.Serve(os.Stdin, os.Stdout, func(line []byte) any {
		result := judge(evaluator, checks, line)
		if result.Errors == nil {
			result.Errors = []string{}
		}
		if result.Overridden == nil {
			result.Overridden = []string{}
		}
		return result
	})
	if err != nil {
		protocol.Fatal(err)
	}
}

// inForce picks the checks of a level at a version, as the registry of the policy package does.
func inForce(checks []policy.Check, level api.Level, version api.Version) (map[policy.CheckID]policy.VersionedCheck, []string) {
	picked := map[policy.CheckID]policy.VersionedCheck{}
	for _, c := range checks {
		if level == api.LevelBaseline && c.Level != api.LevelBaseline {
			continue
		}
		for _, versioned := range c.Versions { // in rising order
			if !version.Older(versioned.MinimumVersion) {
				picked[c.ID] = versioned
			}
		}
	}
	overridden := map[policy.CheckID]bool{}
	for _, versioned := range picked {
		for _, id := range versioned.OverrideCheckIDs {
			if _, ok := picked[id]; ok {
				overridden[id] = true
			}
		}
	}
	var names []string
	for id := range overridden {
		delete(picked, id)
		names = append(names, string(id))
	}
	sort.Strings(names)
	return picked, names
}

func judge(evaluator policy.Evaluator, checks []policy.Check, line []byte) (result answer) {
	var question request
	defer func() {
		if r := recover(); r != nil {
			result = answer{ID: question.ID, Errors: []string{fmt.Sprintf("panic: %v", r)}}
		}
	}()
	fail := func(err error) answer {
		return answer{ID: question.ID, Errors: []string{err.Error()}}
	}
	strict := json.NewDecoder(bytes.NewReader(line))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&question); err != nil {
		return fail(fmt.Errorf("request: %w", err))
	}
	level, err := api.ParseLevel(question.Level)
	if err != nil || level == api.LevelPrivileged {
		return fail(fmt.Errorf("request: level %q is neither baseline nor restricted", question.Level))
	}
	version, err := api.ParseVersion(question.Version)
	if err != nil {
		return fail(fmt.Errorf("request: %w", err))
	}
	object, kind, err := decoder.Decode(question.Object, nil, nil)
	if err != nil {
		return fail(fmt.Errorf("object: %w", err))
	}
	metadata, spec, err := extract(object, kind)
	if err != nil {
		return fail(fmt.Errorf("object: %w", err))
	}
	picked, overridden := inForce(checks, level, version)
	result = answer{ID: question.ID, Allowed: true, Checks: map[string]check{}, Overridden: overridden}
	for id, versioned := range picked {
		verdict := versioned.CheckPod(metadata, spec)
		result.Checks[string(id)] = check{
			Allowed: verdict.Allowed,
			Reason:  verdict.ForbiddenReason,
			Detail:  verdict.ForbiddenDetail,
		}
		result.Allowed = result.Allowed && verdict.Allowed
	}
	// inForce repeats what the package keeps private; hold it to the package's own evaluation.
	verdicts := evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: version}, metadata, spec)
	if len(verdicts) != len(picked) || policy.AggregateCheckResults(verdicts).Allowed != result.Allowed {
		return fail(errors.New("the checks picked here are not those of the package"))
	}
	return result
}

func extract(object runtime.Object, kind *schema.GroupVersionKind) (*metav1.ObjectMeta, *corev1.PodSpec, error) {
	metadata, spec, err := admission.DefaultPodSpecExtractor{}.ExtractPodSpec(object)
	if err == nil && spec == nil {
		err = errors.New("no pod template in this " + kind.Kind)
	}
	return metadata, spec, err
}
