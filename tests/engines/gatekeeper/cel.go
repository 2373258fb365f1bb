package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/frameworks/constraint/pkg/core/templates"
	"github.com/open-policy-agent/frameworks/constraint/pkg/types"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/schema"
	"github.com/open-policy-agent/gatekeeper/v3/pkg/drivers/k8scel/transform"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// checkCEL refuses a template whose CEL is missing, misspelt or does not compile. Gatekeeper accepts all three
// and denies at the first review; it compiles the way that is repeated here (pkg/drivers/k8scel/driver.go).
func checkCEL(template *templates.ConstraintTemplate) error {
	source, err := sourceOf(template)
	if err != nil {
		return err
	}
	variables, err := source.GetVariables()
	if err != nil {
		return err
	}
	conditions, err := source.GetMatchConditions()
	if err != nil {
		return err
	}
	validations, err := source.GetValidations()
	if err != nil {
		return err
	}
	messages, err := source.GetMessageExpressions()
	if err != nil {
		return err
	}
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		return err
	}
	all := append(transform.AllVariablesCEL(), variables...)
	compiler.CompileAndStoreVariables(all, cel.OptionalVariableDeclarations{HasParams: true}, environment.StoredExpressions)
	var problems []error
	for _, variable := range all {
		result := compiler.CompileCELExpression(variable, cel.OptionalVariableDeclarations{HasParams: true}, environment.StoredExpressions)
		if result.Error != nil {
			problems = append(problems, result.Error)
		}
	}
	for _, expressions := range [][]cel.ExpressionAccessor{conditions, validations, messages} {
		compiled := compiler.CompileCondition(expressions, cel.OptionalVariableDeclarations{}, environment.StoredExpressions)
		problems = append(problems, compiled.CompilationErrors()...)
	}
	return errors.Join(problems...)
}

// sourceOf decodes the CEL of a template strictly; the driver drops what it does not know, a matchConditions in
// the plural for one.
func sourceOf(template *templates.ConstraintTemplate) (*schema.Source, error) {
	for _, target := range template.Spec.Targets {
		for _, code := range target.Code {
			if code.Engine != schema.Name {
				continue
			}
			data, err := json.Marshal(code.Source.Value)
			if err != nil {
				return nil, err
			}
			source := &schema.Source{}
			if err := strictDecode(data, source); err != nil {
				return nil, err
			}
			return source, source.Validate()
		}
	}
	return nil, fmt.Errorf("template %s has no code for %s", template.Name, schema.Name)
}

// What an evaluation that went wrong begins with: k8s.io/apiserver, pkg/admission/plugin/cel/activation.go and
// pkg/admission/plugin/policy/validating/validator.go. The driver makes violations of these, of one shape with
// the others. (Several errors of match conditions come as a list in brackets.)
var errorTexts = []string{
	"compilation error: ",
	"unexpected internal error compiling expression",
	"validation failed due to running out of cost budget",
	"runtime cost could not be calculated",
	"failed messageExpression: ",
}

// celError tells an evaluation error from a violation.
func celError(result *types.Result) bool {
	text := strings.TrimPrefix(result.Msg, "[")
	for _, beginning := range errorTexts {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return strings.HasPrefix(text, "expression '") && strings.Contains(text, "' resulted in error: ")
}
