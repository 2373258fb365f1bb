package main

import (
	"errors"
	"fmt"
	"strings"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/admissionregistration"
	_ "k8s.io/kubernetes/pkg/apis/admissionregistration/install"
	"k8s.io/kubernetes/pkg/apis/admissionregistration/validation"

	"podsec-compile/engines/protocol"
)

type policy = admissionregistrationv1.ValidatingAdmissionPolicy
type binding = admissionregistrationv1.ValidatingAdmissionPolicyBinding

// bundle is what was loaded.
type bundle struct {
	policies map[string]*policy
	bindings map[string]*binding
	params   *params
	sources  map[any]string // of policies and bindings
}

var strictCodecs = serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)

func load(documents []protocol.Document) (*bundle, error) {
	loaded := &bundle{policies: map[string]*policy{}, bindings: map[string]*binding{}, params: newParams(), sources: map[any]string{}}
	var problems []error
	try := func(document protocol.Document, add func(protocol.Document) error) {
		if err := add(document); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", document.Source, err))
		}
	}
	var others []protocol.Document
	for _, document := range documents {
		switch {
		case strings.HasPrefix(document.APIVersion, "kustomize.config.k8s.io/"):
		case document.Kind == "CustomResourceDefinition":
			try(document, loaded.params.addDefinition)
		default:
			others = append(others, document)
		}
	}
	for _, document := range others {
		switch document.Kind {
		case "ValidatingAdmissionPolicy":
			try(document, loaded.addPolicy)
		case "ValidatingAdmissionPolicyBinding":
			try(document, loaded.addBinding)
		default:
			try(document, loaded.params.addObject)
		}
	}
	if len(problems) == 0 {
		problems = loaded.dangling()
	}
	return loaded, errors.Join(problems...)
}

// decode decodes strictly, defaults, and gives the internal form that validation wants.
func decode(document protocol.Document, into runtime.Object, internal any) error {
	decoded, kind, err := strictCodecs.UniversalDeserializer().Decode(document.JSON, nil, nil)
	if err != nil {
		return err
	}
	if want := admissionregistrationv1.SchemeGroupVersion.WithKind(document.Kind); *kind != want {
		return fmt.Errorf("%s, not %s", kind, want)
	}
	legacyscheme.Scheme.Default(decoded)
	if err := legacyscheme.Scheme.Convert(decoded, into, nil); err != nil {
		return err
	}
	into.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return legacyscheme.Scheme.Convert(decoded, internal, nil)
}

func (b *bundle) addPolicy(document protocol.Document) error {
	added, internal := &policy{}, &admissionregistration.ValidatingAdmissionPolicy{}
	if err := decode(document, added, internal); err != nil {
		return err
	}
	if b.policies[added.Name] != nil {
		return fmt.Errorf("a second ValidatingAdmissionPolicy %s", added.Name)
	}
	b.policies[added.Name], b.sources[added] = added, document.Source
	return validation.ValidateValidatingAdmissionPolicy(internal).ToAggregate()
}

func (b *bundle) addBinding(document protocol.Document) error {
	added, internal := &binding{}, &admissionregistration.ValidatingAdmissionPolicyBinding{}
	if err := decode(document, added, internal); err != nil {
		return err
	}
	if b.bindings[added.Name] != nil {
		return fmt.Errorf("a second ValidatingAdmissionPolicyBinding %s", added.Name)
	}
	b.bindings[added.Name], b.sources[added] = added, document.Source
	return validation.ValidateValidatingAdmissionPolicyBinding(internal).ToAggregate()
}

// dangling finds what would silently do nothing.
func (b *bundle) dangling() []error {
	var problems []error
	bound := map[string]bool{}
	for name, one := range b.bindings {
		bound[one.Spec.PolicyName] = true
		if b.policies[one.Spec.PolicyName] == nil {
			problems = append(problems, fmt.Errorf("%s: binding %s: no policy %s", b.sources[one], name, one.Spec.PolicyName))
		}
	}
	for name, one := range b.policies {
		if !bound[name] {
			problems = append(problems, fmt.Errorf("%s: policy %s: no binding", b.sources[one], name))
		}
		if kind := one.Spec.ParamKind; kind != nil && b.params.kinds[schema.FromAPIVersionAndKind(kind.APIVersion, kind.Kind)] == nil {
			problems = append(problems, fmt.Errorf("%s: policy %s: no kind %s of parameters", b.sources[one], name, kind))
		}
	}
	if len(b.policies) == 0 {
		problems = append(problems, errors.New("no ValidatingAdmissionPolicy"))
	}
	return problems
}
