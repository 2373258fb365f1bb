package main

import (
	"context"
	"fmt"
	"strings"
	_ "unsafe" // for go:linkname

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	corev1listers "k8s.io/client-go/listers/core/v1"

	"podsec-compile/engines/protocol"
)

// compilePolicy is the plug-in's own: all else that it needs is exported.
//
//go:linkname compilePolicy k8s.io/apiserver/pkg/admission/plugin/policy/validating.compilePolicy
func compilePolicy(policy *policy) validating.Validator

var (
	objectDecoder = serializer.NewCodecFactory(clientscheme.Scheme).UniversalDeserializer()
	strictDecoder = serializer.NewCodecFactory(clientscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	interfaces    = admission.NewObjectInterfacesFromScheme(clientscheme.Scheme)
)

// judge has one hook a binding. Those without parameters are dispatched together, as in the API server; each of the
// others by itself, because the dispatcher only tells of the first binding whose parameters are wrong.
type judge struct {
	groups [][]validating.PolicyHook
}

func newJudge(loaded *bundle) (*judge, error) {
	made := &judge{groups: make([][]validating.PolicyHook, 1)}
	for name, one := range loaded.policies {
		evaluator := compilePolicy(one)
		if err := evaluator.CompileError(); err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		for _, bound := range loaded.bindings {
			if bound.Spec.PolicyName != name {
				continue
			}
			hook := validating.PolicyHook{Policy: one, Bindings: []*binding{bound}, Evaluator: recorder{evaluator, bound}}
			if one.Spec.ParamKind == nil {
				made.groups[0] = append(made.groups[0], hook)
				continue
			}
			kind := loaded.params.kinds[schema.FromAPIVersionAndKind(one.Spec.ParamKind.APIVersion, one.Spec.ParamKind.Kind)]
			hook.ParamInformer, hook.ParamScope = kind.informer(), kind.scope
			made.groups = append(made.groups, []validating.PolicyHook{hook})
		}
	}
	return made, nil
}

// recorder notes what an evaluator decides: the dispatcher keeps no more than the first denial of all.
type recorder struct {
	validating.Validator
	binding *binding
}

type notesKey struct{}

type notes struct {
	answer *protocol.Answer
	denied bool
}

func (r recorder) Validate(ctx context.Context, resource schema.GroupVersionResource, attributes *admission.VersionedAttributes, params runtime.Object, namespace *corev1.Namespace, budget int64, authz authorizer.UnconditionalAuthorizer) validating.ValidateResult {
	result := r.Validator.Validate(ctx, resource, attributes, params, namespace, budget, authz)
	noted := ctx.Value(notesKey{}).(*notes)
	name := r.binding.Spec.PolicyName
	for _, decision := range result.Decisions {
		noted.denied = noted.denied || decision.Action == validating.ActionDeny
		switch {
		case decision.Evaluation == validating.EvalError: // whatever failurePolicy makes of it
			noted.answer.Errors = append(noted.answer.Errors, name+": "+decision.Message)
		case decision.Action == validating.ActionDeny:
			noted.answer.Violations = append(noted.answer.Violations, protocol.Violation{
				Policy: name, Message: decision.Message, Action: r.action(),
			})
		}
	}
	for _, annotation := range result.AuditAnnotations {
		if annotation.Error != "" {
			noted.denied = noted.denied || annotation.Action == validating.AuditAnnotationActionError
			noted.answer.Errors = append(noted.answer.Errors, name+": "+annotation.Error)
		}
	}
	return result
}

func (r recorder) action() string {
	actions := make([]string, 0, len(r.binding.Spec.ValidationActions))
	for _, action := range r.binding.Spec.ValidationActions {
		actions = append(actions, string(action))
	}
	return strings.Join(actions, ",")
}

// undecodable is what the API server refuses before any admission.
type undecodable struct{ error }

func decodeObject(raw runtime.RawExtension) (runtime.Object, error) {
	if len(raw.Raw) == 0 {
		return nil, nil
	}
	decoded, kind, err := objectDecoder.Decode(raw.Raw, nil, nil)
	if runtime.IsNotRegisteredError(err) && !clientscheme.Scheme.IsGroupRegistered(kind.Group) { // a custom resource
		custom := &unstructured.Unstructured{}
		if err := custom.UnmarshalJSON(raw.Raw); err != nil {
			return nil, undecodable{fmt.Errorf("not an object of the API: %w", err)}
		}
		return custom, nil
	}
	if err != nil {
		return nil, undecodable{fmt.Errorf("not an object of the API: %w", err)}
	}
	return decoded, nil
}

func attributesOf(request protocol.Request) (admission.Attributes, error) {
	if request.Operation == "" {
		if _, err := request.Bare(); err != nil {
			return nil, err
		}
		request.Operation = "CREATE"
	}
	asked, err := request.Admission()
	if err != nil {
		return nil, err
	}
	object, err := decodeObject(asked.Object)
	if err != nil {
		return nil, err
	}
	oldObject, err := decodeObject(asked.OldObject)
	if err != nil {
		return nil, err
	}
	options := map[string]runtime.Object{"CREATE": &metav1.CreateOptions{}, "UPDATE": &metav1.UpdateOptions{}, "DELETE": &metav1.DeleteOptions{}}
	return admission.NewAttributesRecord(
		object, oldObject, schema.GroupVersionKind(asked.Kind), asked.Namespace, asked.Name,
		schema.GroupVersionResource(asked.Resource), asked.SubResource, admission.Operation(asked.Operation),
		options[request.Operation], false,
		&user.DefaultInfo{Name: asked.UserInfo.Username, Groups: asked.UserInfo.Groups},
	), nil
}

func (j *judge) answer(request protocol.Request) protocol.Answer {
	var answer protocol.Answer
	attributes, err := attributesOf(request)
	if err != nil {
		answer.Errors = append(answer.Errors, err.Error())
		_, answer.Undecodable = err.(undecodable)
		return answer
	}
	matcher := generic.NewPolicyMatcher(matching.NewMatcher(namespaces{labels: request.NamespaceLabels}, nil))
	dispatcher := validating.NewDispatcher(noRights{}, matcher)
	for _, hooks := range j.groups {
		noted := &notes{answer: &answer}
		ctx := context.WithValue(context.Background(), notesKey{}, noted)
		err := dispatcher.Dispatch(ctx, attributes, interfaces, hooks)
		if err != nil && !noted.denied { // not a verdict of a policy: its parameters, say, are missing
			answer.Errors = append(answer.Errors, err.Error())
		}
	}
	return answer
}

// noRights answers the authorizer of an expression.
type noRights struct{}

func (noRights) Authorize(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
	return authorizer.DecisionNoOpinion, "", nil
}

// namespaces gives every namespace, with the labels of the request.
type namespaces struct {
	corev1listers.NamespaceLister
	labels map[string]string
}

func (n namespaces) Get(name string) (*corev1.Namespace, error) {
	all := labels.Merge(labels.Set{"kubernetes.io/metadata.name": name}, n.labels)
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: all}}, nil
}
