// Judge asks Gatekeeper's own constraint client about objects: "judge [-engine rego|cel] BUNDLE..." loads the
// ConstraintTemplates and Constraints of the given files and directories (other kinds are left out)
// and answers JSON lines (see ../protocol).
//
// With "rego" the client has no other driver, so that the Rego of a template is judged even if it has CEL, too.
// With "cel" it has both, as in a cluster, where CEL goes first; a template without CEL is then a load error.
//
// A Rego evaluation error does not surface as an error in Gatekeeper: the driver turns it into one
// violation of every constraint of the kind, whose message is the error's text. The two can be told
// apart: a violation always carries "details" (an empty object by default), a converted error, and
// an error of the matcher, carry none. Such results go to "errors" here. A template whose violation says
// `"details": null` cannot be told from an error. What cannot be seen at all is a failing builtin
// (to_number("x"), a division by zero): outside OPA's strict mode it is merely undefined. For CEL see cel.go.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	templatesv1 "github.com/open-policy-agent/frameworks/constraint/pkg/apis/templates/v1"
	constraintclient "github.com/open-policy-agent/frameworks/constraint/pkg/client"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/drivers/rego"
	"github.com/open-policy-agent/frameworks/constraint/pkg/client/reviews"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel"
	mutationtypes "github.com/open-policy-agent/gatekeeper/v3/pkg/mutation/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/target"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/util"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	"podsec-compile/engines/protocol"
)

func main() {
	engine, paths := protocol.Arguments("rego", "cel")
	byCEL := engine == "cel"
	client, names, err := load(paths, byCEL)
	if err != nil {
		protocol.Fatal(err)
	}
	isError := withoutDetails
	if byCEL {
		isError = celError
	}
	err = protocol.ServeVerdicts(protocol.Loaded{Policies: names}, func(request protocol.Request) protocol.Answer {
		return judge(client, isError, request)
	})
	if err != nil {
		protocol.Fatal(err)
	}
}

// newClient registers the drivers in the order of preference, as Gatekeeper's main does.
func newClient(byCEL bool) (*constraintclient.Client, error) {
	options := []constraintclient.Opt{
		constraintclient.Targets(&target.K8sValidationTarget{}),
		constraintclient.EnforcementPoints(util.WebhookEnforcementPoint, util.AuditEnforcementPoint),
	}
	if byCEL {
		driver, err := k8scel.New()
		if err != nil {
			return nil, err
		}
		options = append(options, constraintclient.Driver(driver))
	}
	driver, err := rego.New()
	if err != nil {
		return nil, err
	}
	return constraintclient.NewClient(append(options, constraintclient.Driver(driver))...)
}

func load(paths []string, byCEL bool) (*constraintclient.Client, []string, error) {
	documents, err := protocol.ReadBundle(paths)
	if err != nil {
		return nil, nil, err
	}
	client, err := newClient(byCEL)
	if err != nil {
		return nil, nil, err
	}
	ctx := context.Background()
	var problems []error
	for _, document := range documents {
		if document.Kind == "ConstraintTemplate" && strings.HasPrefix(document.APIVersion, "templates.gatekeeper.sh/") {
			if err := addTemplate(ctx, client, document, byCEL); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", document.Source, err))
			}
		}
	}
	var names []string
	seen := map[string]bool{}
	for _, document := range documents {
		if !strings.HasPrefix(document.APIVersion, "constraints.gatekeeper.sh/") {
			continue
		}
		name, err := addConstraint(ctx, client, document)
		if key := document.Kind + "/" + name; err == nil && seen[key] {
			err = fmt.Errorf("a second constraint %s", key)
		} else {
			seen[key] = true
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", document.Source, err))
			continue
		}
		names = append(names, name)
	}
	if len(names) == 0 && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("no constraint in %s", strings.Join(paths, ", ")))
	}
	return client, names, errors.Join(problems...)
}

func strictDecode(data []byte, into any) error {
	strict, err := kjson.UnmarshalStrict(data, into)
	return errors.Join(append(strict, err)...)
}

func addTemplate(ctx context.Context, client *constraintclient.Client, document protocol.Document, byCEL bool) error {
	if document.APIVersion != templatesv1.SchemeGroupVersion.String() {
		return fmt.Errorf("ConstraintTemplate has apiVersion %s, not %s", document.APIVersion, templatesv1.SchemeGroupVersion)
	}
	versioned := &templatesv1.ConstraintTemplate{}
	if err := strictDecode(document.JSON, versioned); err != nil {
		return err
	}
	template, err := versioned.ToVersionless()
	if err != nil {
		return err
	}
	if len(template.Name) > 63 {
		return fmt.Errorf("metadata.name is longer than 63 characters")
	}
	if template.Name != strings.ToLower(template.Spec.CRD.Spec.Names.Kind) {
		return fmt.Errorf("metadata.name %q is not the kind %q in lower case", template.Name, template.Spec.CRD.Spec.Names.Kind)
	}
	if byCEL {
		if err := checkCEL(template); err != nil {
			return err
		}
	}
	if _, err := client.GetTemplate(template); err == nil {
		return fmt.Errorf("a second template %s", template.Name)
	}
	if _, err := client.CreateCRD(ctx, template); err != nil { // what Gatekeeper's own webhook does
		return err
	}
	responses, err := client.AddTemplate(ctx, template)
	if err != nil {
		return err
	}
	if len(responses.Handled) == 0 {
		return errors.New("no target handled the template")
	}
	return nil
}

func addConstraint(ctx context.Context, client *constraintclient.Client, document protocol.Document) (string, error) {
	constraint := &unstructured.Unstructured{}
	if err := constraint.UnmarshalJSON(document.JSON); err != nil {
		return "", err
	}
	name := constraint.GetName()
	if len(name) > 63 {
		return name, fmt.Errorf("metadata.name is longer than 63 characters")
	}
	// The next two are what Gatekeeper's own webhook asks.
	if err := client.ValidateConstraint(constraint); err != nil {
		return name, err
	}
	action, _, err := unstructured.NestedString(constraint.Object, "spec", "enforcementAction")
	if err != nil {
		return name, err
	}
	if action != "" {
		if err := util.ValidateEnforcementAction(util.EnforcementAction(action), constraint.Object); err != nil {
			return name, err
		}
	}
	responses, err := client.AddConstraint(ctx, constraint)
	if err != nil {
		return name, err
	}
	if len(responses.Handled) == 0 {
		return name, errors.New("no target handled the constraint")
	}
	return name, nil
}

func namespaceOf(name string, labels map[string]string) *corev1.Namespace {
	if name == "" {
		return nil
	}
	all := map[string]string{"kubernetes.io/metadata.name": name}
	for key, value := range labels {
		all[key] = value
	}
	return &corev1.Namespace{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: all},
	}
}

// question builds what the webhook (an operation) or the audit (none) hands to the client.
func question(request protocol.Request) (any, *corev1.Namespace, string, error) {
	if request.Operation == "" {
		raw, err := request.Bare()
		if err != nil {
			return nil, nil, "", err
		}
		object := unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, nil, "", err
		}
		namespace := namespaceOf(object.GetNamespace(), request.NamespaceLabels)
		return target.AugmentedUnstructured{
			Object:    object,
			Namespace: namespace,
			Source:    mutationtypes.SourceTypeOriginal,
		}, namespace, util.AuditEnforcementPoint, nil
	}
	admission, err := request.Admission()
	if err != nil {
		return nil, nil, "", err
	}
	namespace := namespaceOf(admission.Namespace, request.NamespaceLabels)
	return &target.AugmentedReview{
		AdmissionRequest: admission,
		Namespace:        namespace,
		Source:           mutationtypes.SourceTypeOriginal,
		IsAdmission:      true,
	}, namespace, util.WebhookEnforcementPoint, nil
}

// withoutDetails tells a Rego evaluation error, and an error of the matcher, from a violation.
func withoutDetails(result *types.Result) bool { return result.Metadata["details"] == nil }

func judge(client *constraintclient.Client, isError func(*types.Result) bool, request protocol.Request) protocol.Answer {
	var answer protocol.Answer
	fail := func(err error) protocol.Answer {
		answer.Errors = append(answer.Errors, err.Error())
		return answer
	}
	review, namespace, point, err := question(request)
	if err != nil {
		return fail(err)
	}
	options := []reviews.ReviewOpt{reviews.EnforcementPoint(point)}
	if namespace != nil {
		object, err := util.NamespaceToMap(namespace)
		if err != nil {
			return fail(err)
		}
		options = append(options, reviews.Namespace(object))
	}
	responses, err := client.Review(context.Background(), review, options...)
	if err != nil {
		return fail(err)
	}
	if len(responses.ByTarget) == 0 {
		return fail(errors.New("no target handled the review"))
	}
	for _, result := range responses.Results() {
		name := result.Constraint.GetName()
		if isError(result) {
			answer.Errors = append(answer.Errors, name+": "+result.Msg)
			continue
		}
		action := result.EnforcementAction
		if action == string(util.Scoped) {
			action = strings.Join(result.ScopedEnforcementActions, ",")
		}
		answer.Violations = append(answer.Violations, protocol.Violation{Policy: name, Message: result.Msg, Action: action})
	}
	return answer
}
