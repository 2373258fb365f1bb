// Judge asks Kyverno's own engines about objects: "judge [-engine clusterpolicy|vpol] BUNDLE..." loads the
// ClusterPolicies (or, for the CEL engine, the ValidatingPolicies; see vpol.go) of the given files and directories
// (other kinds are left out) and answers JSON lines (see ../protocol).
//
// Loading is as strict as a cluster: the CRD's schema, a strict decoding, Kyverno's own policy
// validation (with mock=true, for want of a cluster), and the one check that mock leaves out and that
// matters here (a subresource in `kinds` of a policy with background scans).
//
// An operation is asked as pkg/webhooks/resource/validation does: the policy context is built from the
// AdmissionRequest, once for all policies, and the numbers of request.object are what they are there.
// No operation is asked as the background scan of the reports controller does
// (pkg/controllers/report/utils/scanner.go, and `kyverno apply` alike): operation CREATE, no user, the
// resource as an unstructured object. The engine applies autogen itself in both.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/go-logr/logr"
	kyvernov1 "github.com/kyverno/kyverno/api/kyverno/v1"
	kyvernov2 "github.com/kyverno/kyverno/api/kyverno/v2"
	"github.com/kyverno/kyverno/cmd/cli/kubectl-kyverno/data"
	resourceloader "github.com/kyverno/kyverno/ext/resource/loader"
	"github.com/kyverno/kyverno/pkg/autogen"
	"github.com/kyverno/kyverno/pkg/config"
	"github.com/kyverno/kyverno/pkg/engine"
	"github.com/kyverno/kyverno/pkg/engine/adapters"
	engineapi "github.com/kyverno/kyverno/pkg/engine/api"
	"github.com/kyverno/kyverno/pkg/engine/factories"
	"github.com/kyverno/kyverno/pkg/engine/jmespath"
	"github.com/kyverno/kyverno/pkg/engine/policycontext"
	imageverifycache "github.com/kyverno/kyverno/pkg/image/verification/cache"
	"github.com/kyverno/kyverno/pkg/logging"
	kubeutils "github.com/kyverno/kyverno/pkg/utils/kube"
	policyvalidation "github.com/kyverno/kyverno/pkg/validation/policy"
	"github.com/kyverno/sdk/extensions/registryclient"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
	controllerlog "sigs.k8s.io/controller-runtime/pkg/log"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/kubectl-validate/pkg/openapiclient"

	"podsec-compile/engines/protocol"
)

func main() {
	if err := setUpLogging(os.Getenv("KYVERNO_LOG")); err != nil {
		protocol.Fatal(err)
	}
	engine, paths := protocol.Arguments("clusterpolicy", "vpol")
	open := openClusterPolicies
	if engine == "vpol" {
		open = openValidatingPolicies
	}
	documents, err := protocol.ReadBundle(paths)
	if err != nil {
		protocol.Fatal(err)
	}
	loaded, answer, err := open(documents)
	if err == nil && len(loaded.Policies) == 0 {
		err = fmt.Errorf("no policy of the engine %s in %s", engine, strings.Join(paths, ", "))
	}
	if err != nil {
		protocol.Fatal(err)
	}
	if err := protocol.ServeVerdicts(loaded, answer); err != nil {
		protocol.Fatal(err)
	}
}

type answerer func(protocol.Request) protocol.Answer

func openClusterPolicies(documents []protocol.Document) (loaded protocol.Loaded, _ answerer, _ error) {
	policies, err := load(documents)
	if err != nil {
		return loaded, nil, err
	}
	for _, policy := range policies {
		loaded.Policies = append(loaded.Policies, policy.GetName())
		loaded.Rules += len(autogen.Default.ComputeRules(policy, ""))
	}
	return loaded, newJudge(policies).answer, nil
}

// setUpLogging silences Kyverno, or with a level (KYVERNO_LOG=4) lets it speak on stderr.
func setUpLogging(level string) error {
	if level != "" {
		number, err := strconv.Atoi(level)
		if err != nil {
			return fmt.Errorf("KYVERNO_LOG: %w", err)
		}
		return logging.Setup(logging.TextFormat, logging.DefaultTime, number, true)
	}
	controllerlog.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	return nil
}

// crdSchemas loads manifests by the schemas of Kyverno's own CRDs.
func crdSchemas() (resourceloader.Loader, error) {
	crds, err := data.Crds()
	if err != nil {
		return nil, err
	}
	return resourceloader.New(openapiclient.NewLocalCRDFiles(crds))
}

func load(documents []protocol.Document) ([]kyvernov1.PolicyInterface, error) {
	schemas, err := crdSchemas()
	if err != nil {
		return nil, err
	}
	var policies []kyvernov1.PolicyInterface
	var problems []error
	seen := map[string]bool{}
	for _, document := range documents {
		if document.Kind != "ClusterPolicy" || !strings.HasPrefix(document.APIVersion, "kyverno.io/") {
			continue
		}
		policy, err := loadPolicy(schemas, document)
		if err == nil && seen[policy.GetName()] {
			err = fmt.Errorf("a second ClusterPolicy %s", policy.GetName())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", document.Source, err))
			continue
		}
		seen[policy.GetName()] = true
		policies = append(policies, policy)
	}
	return policies, errors.Join(problems...)
}

func loadPolicy(schemas resourceloader.Loader, document protocol.Document) (_ *kyvernov1.ClusterPolicy, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("policy validation panicked: %v", r)
		}
	}()
	if document.APIVersion != kyvernov1.SchemeGroupVersion.String() {
		return nil, fmt.Errorf("ClusterPolicy has apiVersion %s, not %s", document.APIVersion, kyvernov1.SchemeGroupVersion)
	}
	policy := &kyvernov1.ClusterPolicy{}
	if err := strictDecode(schemas, document, policy); err != nil {
		return nil, err
	}
	if len(policy.Spec.Rules) == 0 {
		return nil, errors.New("no rules")
	}
	return policy, validate(policy)
}

// strictDecode decodes a policy by the CRD's schema and by its Go type.
func strictDecode(schemas resourceloader.Loader, document protocol.Document, into metav1.Object) error {
	if _, _, err := schemas.Load(document.JSON); err != nil {
		return err
	}
	strict, err := kjson.UnmarshalStrict(document.JSON, into)
	if err := errors.Join(append(strict, err)...); err != nil {
		return err
	}
	if into.GetName() == "" {
		return errors.New("no metadata.name")
	}
	return nil
}

// validate asks Kyverno's own validation, as its policy webhook does.
func validate(policy *kyvernov1.ClusterPolicy) error {
	checked := policy.DeepCopy()
	if conditions := policy.Spec.GetMatchConditions(); len(conditions) > 0 {
		// Validate asks the cluster for its version before it looks at these.
		if err := policyvalidation.ValidateCustomWebhookMatchConditions(conditions); err != nil {
			return err
		}
		checked.Spec.WebhookConfiguration.MatchConditions = nil
	}
	account := config.KyvernoUserName(config.KyvernoServiceAccountName())
	if _, err := policyvalidation.Validate(checked, nil, nil, true, account, account); err != nil {
		return err
	}
	if policy.Spec.BackgroundProcessingEnabled() {
		for _, rule := range autogen.Default.ComputeRules(policy, "") {
			kinds := rule.MatchResources.GetKinds()
			if rule.ExcludeResources != nil {
				kinds = append(kinds, rule.ExcludeResources.GetKinds()...)
			}
			for _, kind := range kinds {
				if _, _, _, subresource := kubeutils.ParseKindSelector(kind); subresource != "" {
					return fmt.Errorf("rule %s: background scan enabled with subresource %s", rule.Name, kind)
				}
			}
		}
	}
	return nil
}

type judge struct {
	policies      []kyvernov1.PolicyInterface
	configuration config.Configuration
	jp            jmespath.Interface
	engine        engineapi.Engine
}

type noExceptions struct{}

func (noExceptions) Find(string, string) ([]*kyvernov2.PolicyException, error) { return nil, nil }

func newJudge(policies []kyvernov1.PolicyInterface) *judge {
	configuration := config.NewDefaultConfiguration(false)
	// As a cluster without settings of its own: among the defaults is the limit of 2 MiB for what the
	// context variables of one request add up to, which the CLI does not have.
	configuration.Load(nil)
	jp := jmespath.New(configuration)
	isCluster := false
	registry := adapters.RegistryClient(registryclient.New(nil, "", "", "", false))
	return &judge{
		policies:      policies,
		configuration: configuration,
		jp:            jp,
		engine: engine.NewEngine(
			configuration,
			jp,
			nil,
			factories.DefaultRegistryClientFactory(registry, nil),
			imageverifycache.DisabledImageVerifyCache(),
			factories.DefaultContextLoaderFactory(nil),
			noExceptions{},
			&isCluster,
		),
	}
}

// background builds the context of a background scan: one a policy, as there.
func (j *judge) background(request protocol.Request) (func() (*policycontext.PolicyContext, error), error) {
	raw, err := request.Bare()
	if err != nil {
		return nil, err
	}
	resource := unstructured.Unstructured{}
	if err := resource.UnmarshalJSON(raw); err != nil {
		return nil, err
	}
	labels := namespaceLabels(resource.GetNamespace(), request.NamespaceLabels)
	return func() (*policycontext.PolicyContext, error) {
		built, err := policycontext.NewPolicyContext(j.jp, resource, kyvernov1.Create, nil, j.configuration)
		if err != nil {
			return nil, err
		}
		return built.WithNewResource(resource).WithNamespaceLabels(labels), nil
	}, nil
}

// admission builds the context of an admission: one for all policies, as in the webhook.
func (j *judge) admission(request protocol.Request) (func() (*policycontext.PolicyContext, error), error) {
	admission, err := request.Admission()
	if err != nil {
		return nil, err
	}
	kind := schema.GroupVersionKind(admission.Kind)
	user := kyvernov2.RequestInfo{AdmissionUserInfo: *admission.UserInfo.DeepCopy()}
	built, err := policycontext.NewPolicyContextFromAdmissionRequest(j.jp, *admission, user, kind, j.configuration)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	if admission.Kind.Kind != "Namespace" {
		labels = namespaceLabels(admission.Namespace, request.NamespaceLabels)
	}
	built = built.WithNamespaceLabels(labels)
	return func() (*policycontext.PolicyContext, error) { return built, nil }, nil
}

func namespaceLabels(name string, labels map[string]string) map[string]string {
	if name == "" {
		return map[string]string{}
	}
	all := map[string]string{"kubernetes.io/metadata.name": name}
	for key, value := range labels {
		all[key] = value
	}
	return all
}

func (j *judge) answer(request protocol.Request) protocol.Answer {
	var answer protocol.Answer
	fail := func(err error) protocol.Answer {
		answer.Errors = append(answer.Errors, err.Error())
		return answer
	}
	contextOf := j.admission
	if request.Operation == "" {
		contextOf = j.background
	}
	next, err := contextOf(request)
	if err != nil {
		return fail(err)
	}
	for _, policy := range j.policies {
		if request.Operation == "" && !policy.BackgroundProcessingEnabled() {
			continue
		}
		if request.Operation != "" && !policy.AdmissionProcessingEnabled() {
			continue
		}
		policyContext, err := next()
		if err != nil {
			return fail(err)
		}
		response := j.engine.Validate(context.Background(), policyContext.WithPolicy(policy))
		action := string(response.GetValidationFailureAction())
		for _, rule := range response.PolicyResponse.Rules {
			ref := protocol.RuleRef{Policy: policy.GetName(), Rule: rule.Name()}
			switch rule.Status() {
			case engineapi.RuleStatusPass:
				answer.Passed = append(answer.Passed, ref)
			case engineapi.RuleStatusSkip:
				answer.Skipped = append(answer.Skipped, ref)
			case engineapi.RuleStatusFail, engineapi.RuleStatusWarn:
				answer.Violations = append(answer.Violations, protocol.Violation{
					Policy: ref.Policy, Rule: ref.Rule, Message: rule.Message(), Action: action,
				})
			default:
				answer.Errors = append(answer.Errors, fmt.Sprintf("%s/%s: %s", ref.Policy, ref.Rule, rule.Message()))
			}
		}
	}
	return answer
}
