package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	policiesv1 "github.com/kyverno/api/api/policies.kyverno.io/v1"
	policiesv1beta1 "github.com/kyverno/api/api/policies.kyverno.io/v1beta1"
	celengine "github.com/kyverno/kyverno/pkg/cel/engine"
	"github.com/kyverno/kyverno/pkg/cel/libs"
	"github.com/kyverno/kyverno/pkg/cel/matching"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol"
	"github.com/kyverno/kyverno/pkg/cel/policies/vpol/compiler"
	vpolengine "github.com/kyverno/kyverno/pkg/cel/policies/vpol/engine"
	engineapi "github.com/kyverno/kyverno/pkg/engine/api"
	admissionv1 "k8s.io/api/admission/v1"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsec-compile/engines/protocol"
)

// vpolJudge asks Kyverno's engine of ValidatingPolicies, whose CEL is compiled once. An operation is asked as
// pkg/webhooks/resource/vpol does, none as the background scan of the reports controller does
// (pkg/controllers/report/utils/scanner.go): operation CREATE, no user.
type vpolJudge struct {
	provider vpolengine.Provider
}

func openValidatingPolicies(documents []protocol.Document) (loaded protocol.Loaded, _ answerer, _ error) {
	schemas, err := crdSchemas()
	if err != nil {
		return loaded, nil, err
	}
	var policies []policiesv1beta1.ValidatingPolicyLike
	var problems []error
	seen := map[string]bool{}
	for _, document := range documents {
		if group, _, _ := strings.Cut(document.APIVersion, "/"); group != policiesv1.GroupName {
			continue
		}
		policy := &policiesv1beta1.ValidatingPolicy{} // what the engine takes; v1 has the same fields
		err := func() error {
			if document.Kind != "ValidatingPolicy" || document.APIVersion != policiesv1.GroupVersion.String() {
				return fmt.Errorf("%s %s is no ValidatingPolicy of %s", document.APIVersion, document.Kind, policiesv1.GroupVersion)
			}
			if err := strictDecode(schemas, document, policy); err != nil {
				return err
			}
			if seen[policy.Name] {
				return fmt.Errorf("a second ValidatingPolicy %s", policy.Name)
			}
			_, err := vpol.Validate(policy) // what Kyverno's own webhook asks
			return err
		}()
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", document.Source, err))
			continue
		}
		seen[policy.Name] = true
		policies = append(policies, policy)
		loaded.Policies = append(loaded.Policies, policy.Name)
	}
	if len(problems) > 0 {
		return loaded, nil, errors.Join(problems...)
	}
	provider, err := vpolengine.NewProvider(compiler.NewCompiler(), policies, nil)
	if err != nil {
		return loaded, nil, err
	}
	compiled, err := provider.Fetch(context.Background())
	loaded.Rules = len(compiled)
	return loaded, (&vpolJudge{provider: provider}).answer, err
}

// background is what a scan asks.
func (j *vpolJudge) background(request protocol.Request) (vpolengine.EngineRequest, error) {
	raw, err := request.Bare()
	if err != nil {
		return vpolengine.EngineRequest{}, err
	}
	resource := &unstructured.Unstructured{}
	if err := resource.UnmarshalJSON(raw); err != nil {
		return vpolengine.EngineRequest{}, err
	}
	plural, _ := meta.UnsafeGuessKindToResource(resource.GroupVersionKind())
	return celengine.Request(libs.GetLibsCtx(), resource.GroupVersionKind(), plural, "", resource.GetName(),
		resource.GetNamespace(), admissionv1.Create, authenticationv1.UserInfo{}, resource, nil, false, nil), nil
}

func (j *vpolJudge) question(request protocol.Request) (vpolengine.EngineRequest, vpolengine.Predicate, error) {
	if request.Operation == "" {
		asked, err := j.background(request)
		return asked, func(policy policiesv1beta1.ValidatingPolicyLike) bool {
			return policy.GetValidatingPolicySpec().BackgroundEnabled()
		}, err
	}
	admission, err := request.Admission()
	if err != nil {
		return vpolengine.EngineRequest{}, nil, err
	}
	return celengine.RequestFromAdmission(libs.GetLibsCtx(), *admission), func(policy policiesv1beta1.ValidatingPolicyLike) bool {
		return policy.GetValidatingPolicySpec().AdmissionEnabled()
	}, nil
}

func (j *vpolJudge) answer(request protocol.Request) protocol.Answer {
	var answer protocol.Answer
	asked, predicate, err := j.question(request)
	if err != nil {
		answer.Errors = append(answer.Errors, err.Error())
		return answer
	}
	namespaces := func(name string) *corev1.Namespace {
		return &corev1.Namespace{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: namespaceLabels(name, request.NamespaceLabels)},
		}
	}
	engine := vpolengine.NewEngine(j.provider, namespaces, matching.NewMatcher())
	response, err := engine.Handle(context.Background(), asked, predicate)
	if err != nil {
		answer.Errors = append(answer.Errors, err.Error())
	}
	for _, policy := range response.Policies {
		collect(&answer, policy)
	}
	return answer
}

func collect(answer *protocol.Answer, policy celengine.ValidatingPolicyResponse) {
	name := policy.Policy.GetName()
	action := admissionregistrationv1.Audit
	for _, one := range []admissionregistrationv1.ValidationAction{admissionregistrationv1.Warn, admissionregistrationv1.Deny} {
		if policy.Actions.Has(one) {
			action = one
		}
	}
	for _, rule := range policy.Rules {
		ref := protocol.RuleRef{Policy: name, Rule: rule.Name()}
		switch rule.Status() {
		case engineapi.RuleStatusPass:
			answer.Passed = append(answer.Passed, ref)
		case engineapi.RuleStatusSkip:
			answer.Skipped = append(answer.Skipped, ref)
		case engineapi.RuleStatusFail:
			answer.Violations = append(answer.Violations, protocol.Violation{
				Policy: name, Rule: rule.Name(), Message: rule.Message(), Action: string(action),
			})
		default:
			answer.Errors = append(answer.Errors, name+": "+rule.Message())
		}
	}
}
