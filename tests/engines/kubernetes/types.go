package main

import (
	"fmt"
	"sort"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// typeWarnings are what the controller manager writes into status.typeChecking (cmd/kube-controller-manager/app/
// validatingadmissionpolicystatus.go): the type checker's findings on a policy's validations and messages.
func typeWarnings(loaded *bundle) []string {
	definitions := resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, clientscheme.Scheme)
	kinds := meta.NewDefaultRESTMapper(nil)
	for gvk, kind := range loaded.params.kinds {
		if kind.structural != nil {
			kinds.AddSpecific(gvk, kind.resource.WithVersion(gvk.Version), kind.resource.WithVersion(gvk.Version), kind.scope)
		}
	}
	checker := validating.TypeChecker{
		SchemaResolver: definitions.Combine(definedSchemas{params: loaded.params}),
		RestMapper:     meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{testrestmapper.TestOnlyStaticRESTMapper(clientscheme.Scheme), kinds}},
	}
	var warnings []string
	for name, one := range loaded.policies {
		for _, warning := range checker.Check(one) {
			warnings = append(warnings, fmt.Sprintf("%s: %s: %s", name, warning.FieldRef, warning.Warning))
		}
	}
	sort.Strings(warnings)
	return warnings
}

// definedSchemas are the schemas of the bundle's CustomResourceDefinitions; a cluster reads them by discovery.
type definedSchemas struct{ params *params }

func (d definedSchemas) ResolveSchema(gvk schema.GroupVersionKind) (*spec.Schema, error) {
	kind := d.params.kinds[gvk]
	if kind == nil || kind.openapi == nil {
		return nil, fmt.Errorf("cannot resolve %v: %w", gvk, resolver.ErrSchemaNotFound)
	}
	return kind.openapi, nil
}
