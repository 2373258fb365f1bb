package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"podsec-compile/engines/protocol"
)

// params are the kinds that parameters can be of, and the parameters.
type params struct {
	kinds map[schema.GroupVersionKind]*paramKind
}

type paramKind struct {
	scope      meta.RESTScope
	resource   schema.GroupResource
	structural *structuralschema.Structural // nil for a ConfigMap
	validator  validation.SchemaValidator
	openapi    *spec.Schema
	indexer    cache.Indexer
}

var configMap = corev1.SchemeGroupVersion.WithKind("ConfigMap")

func newParams() *params {
	return &params{kinds: map[schema.GroupVersionKind]*paramKind{
		configMap: {scope: meta.RESTScopeNamespace, resource: schema.GroupResource{Resource: "configmaps"}, indexer: newIndexer()},
	}}
}

func newIndexer() cache.Indexer {
	return cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
}

var crdScheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	return scheme
}()

func (p *params) addDefinition(document protocol.Document) error {
	decoder := serializer.NewCodecFactory(crdScheme, serializer.EnableStrict).UniversalDeserializer()
	decoded, _, err := decoder.Decode(document.JSON, nil, nil)
	if err != nil {
		return err
	}
	crdScheme.Default(decoded)
	definition, ok := decoded.(*apiextensionsv1.CustomResourceDefinition)
	if !ok {
		return fmt.Errorf("CustomResourceDefinition of %s, not v1", document.APIVersion)
	}
	internal := &apiextensions.CustomResourceDefinition{}
	if err := crdScheme.Convert(definition, internal, nil); err != nil {
		return err
	}
	if err := crdvalidation.ValidateCustomResourceDefinition(context.Background(), internal).ToAggregate(); err != nil {
		return err
	}
	for _, version := range definition.Spec.Versions {
		kind := schema.GroupVersionKind{Group: definition.Spec.Group, Version: version.Name, Kind: definition.Spec.Names.Kind}
		if p.kinds[kind] != nil {
			return fmt.Errorf("a second definition of %s", kind)
		}
		if p.kinds[kind], err = newParamKind(definition, version, kind); err != nil {
			return err
		}
	}
	return nil
}

func newParamKind(definition *apiextensionsv1.CustomResourceDefinition, version apiextensionsv1.CustomResourceDefinitionVersion, kind schema.GroupVersionKind) (*paramKind, error) {
	internal := &apiextensions.CustomResourceValidation{}
	if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(version.Schema, internal, nil); err != nil {
		return nil, err
	}
	structural, err := structuralschema.NewStructural(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
	if err != nil {
		return nil, err
	}
	scope := meta.RESTScopeRoot
	if definition.Spec.Scope == apiextensionsv1.NamespaceScoped {
		scope = meta.RESTScopeNamespace
	}
	return &paramKind{
		scope:      scope,
		resource:   schema.GroupResource{Group: kind.Group, Resource: definition.Spec.Names.Plural},
		structural: structural,
		validator:  validator,
		openapi:    structural.ToKubeOpenAPI(),
		indexer:    newIndexer(),
	}, nil
}

// addObject adds a parameter; anything else is an error.
func (p *params) addObject(document protocol.Document) error {
	gvk := schema.FromAPIVersionAndKind(document.APIVersion, document.Kind)
	kind := p.kinds[gvk]
	if kind == nil {
		return fmt.Errorf("%s is neither a policy nor of a kind of parameters", gvk)
	}
	object, err := kind.decode(document.JSON)
	if err != nil {
		return err
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	if accessor.GetName() == "" || (accessor.GetNamespace() == "") != (kind.scope == meta.RESTScopeRoot) {
		return errors.New("metadata.name, or metadata.namespace of a namespaced kind, is missing, or there is one too many")
	}
	if _, there, _ := kind.indexer.Get(object); there {
		return fmt.Errorf("a second %s %s", gvk.Kind, accessor.GetName())
	}
	return kind.indexer.Add(object)
}

func (k *paramKind) decode(data []byte) (runtime.Object, error) {
	if k.structural == nil {
		decoded, _, err := strictDecoder.Decode(data, nil, nil)
		if err == nil {
			decoded.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{}) // as a typed informer gives it
		}
		return decoded, err
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	unknown := pruning.PruneWithOptions(object.Object, k.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	if len(unknown) > 0 {
		return nil, fmt.Errorf("unknown fields: %v", unknown)
	}
	defaulting.Default(object.Object, k.structural)
	return object, validation.ValidateCustomResource(field.NewPath(""), object.Object, k.validator).ToAggregate()
}

// informer shows the parameters of a kind as the plug-in's informer does.
func (k *paramKind) informer() informers.GenericInformer { return paramInformer{kind: k} }

type paramInformer struct{ kind *paramKind }

func (i paramInformer) Informer() cache.SharedIndexInformer { return synced{} }

func (i paramInformer) Lister() cache.GenericLister {
	return cache.NewGenericLister(i.kind.indexer, i.kind.resource)
}

type synced struct{ cache.SharedIndexInformer }

func (synced) HasSynced() bool { return true }
