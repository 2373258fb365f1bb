// Judge asks the API server's own ValidatingAdmissionPolicy plug-in about objects: "judge BUNDLE..." loads
// ValidatingAdmissionPolicies with their bindings, CustomResourceDefinitions and the objects that are parameters
// from the given files and directories, and answers JSON lines (see ../protocol).
//
// Loading is as strict as a cluster with field validation "Strict": decoding, defaulting and validation are the API
// server's own; so is the type checker whose findings a cluster shows in status.typeChecking (they come as
// warnings). What would silently do nothing is an error, too: a document of another kind (but for kustomize's), a
// policy without a binding, a binding without its policy.
//
// Objects are decoded as the API server decodes them (into the Go types; unknown fields are dropped), so that what is
// of a wrong type never reaches a policy: such an answer is "undecodable". Nothing is defaulted and nothing else is
// validated, so that all judges read one object. A resource of a group that is not Kubernetes' own is taken as it is:
// the API server would hold it to its definition, which the lab does not have. An empty operation is asked as CREATE.
package main

import (
	"os"

	"podsec-compile/engines/protocol"
)

func main() {
	documents, err := protocol.ReadBundle(os.Args[1:])
	if err != nil {
		protocol.Fatal(err)
	}
	bundle, err := load(documents)
	if err != nil {
		protocol.Fatal(err)
	}
	judge, err := newJudge(bundle)
	if err != nil {
		protocol.Fatal(err)
	}
	loaded := protocol.Loaded{Warnings: typeWarnings(bundle)}
	for name := range bundle.policies {
		loaded.Policies = append(loaded.Policies, name)
	}
	if err := protocol.ServeVerdicts(loaded, judge.answer); err != nil {
		protocol.Fatal(err)
	}
}
