"""The real admission controllers, started against the cluster the way their charts configure them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import yaml

from binaries import GATEKEEPER, KYVERNO, binary, module_dir
from processes import free_port, listens, running, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api import Api, Object
    from apiserver import Cluster

# charts/gatekeeper/values.yaml, validatingWebhookSubResources: `*` covers no subresource.
_SUBRESOURCES = ("pods/ephemeralcontainers", "pods/exec", "pods/eviction", "pods/binding", "deployments/scale")


def named(api_version: str, kind: str, name: str, namespace: str = "", **fields: object) -> Object:
    """Give an object with a name, and a namespace if it has one."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def pod_spec() -> Object:
    """Give the spec of a pod that stands for a controller's own, which runs here as a process."""
    return {"containers": [{"name": "placeholder", "image": "registry.example/none:1.0"}]}


def define(api: Api, *folders: Path) -> None:
    """Create the CustomResourceDefinitions of some folders, and wait until they are served."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.yaml"))]
    made = [api.create(one).expect() for file in files for one in yaml.safe_load_all(file.read_text()) if one]

    def established() -> bool:
        states = [(api.get(one).expect().get("status") or {}).get("conditions") or [] for one in made]
        return all(any(c["type"] == "Established" and c["status"] == "True" for c in state) for state in states)

    wait_until(f"{len(made)} CustomResourceDefinitions are established", established, 30)


def _webhook(cluster: Cluster, port: int) -> Object:
    return named(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "gatekeeper-validating-webhook-configuration",
        webhooks=[
            {
                "name": "validation.gatekeeper.sh",
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": f"https://127.0.0.1:{port}/v1/admit", "caBundle": cluster.bundle},
                "failurePolicy": "Fail",  # the chart says Ignore; here an engine's error must show
                "matchPolicy": "Exact",
                "rules": [
                    {
                        "apiGroups": ["*"],
                        "apiVersions": ["*"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["*", *_SUBRESOURCES],
                    }
                ],
                "sideEffects": "None",
                "timeoutSeconds": 10,
            }
        ],
    )


@contextlib.contextmanager
def gatekeeper(cluster: Cluster, *, bind: bool) -> Iterator[None]:
    """Run Gatekeeper's manager with its webhook; `bind` lets it bind the admission policies that it makes of CEL."""
    api, namespace = cluster.api, "gatekeeper-system"
    define(api, module_dir(GATEKEEPER, "charts", "gatekeeper", "crds", of="gatekeeper"))
    api.create(named("v1", "Namespace", namespace)).expect()
    # Its status objects belong to the pod that it runs in.
    api.create(named("v1", "Pod", "gatekeeper-0", namespace, spec=pod_spec())).expect()
    certificate, _ = cluster.certificate("gatekeeper")
    port, health, metrics = free_port(), free_port(), free_port()
    command = [
        binary("gatekeeper-manager"),
        f"--port={port}",
        "--host=127.0.0.1",
        f"--health-addr=127.0.0.1:{health}",
        f"--prometheus-port={metrics}",
        f"--cert-dir={certificate.parent}",
        "--disable-cert-rotation",
        f"--exempt-namespace={namespace}",
        f"--default-create-vap-binding-for-constraints={str(bind).lower()}",
    ]
    env = {"KUBECONFIG": str(cluster.kubeconfig), "POD_NAME": "gatekeeper-0", "POD_NAMESPACE": namespace}
    webhook = _webhook(cluster, port)
    with running(command, cluster.folder / "gatekeeper.log", lambda: listens(port), 90, env):
        api.create(webhook).expect()
        try:
            yield
        finally:
            api.delete(webhook)


def _reports_roles(namespace: str) -> list[Object]:
    """Give what the chart lets its reports controller read: `view`, and what carries its label."""
    group, name = "rbac.authorization.k8s.io", "kyverno:reports-controller"
    labelled = {"matchLabels": {"rbac.kyverno.io/aggregate-to-reports-controller": "true"}}
    subjects = [{"kind": "ServiceAccount", "name": "kyverno-reports-controller", "namespace": namespace}]
    roles = {name: name, f"{name}:view": "view"}
    bindings = [
        named(
            f"{group}/v1",
            "ClusterRoleBinding",
            binding,
            subjects=subjects,
            roleRef={"apiGroup": group, "kind": "ClusterRole", "name": role},
        )
        for binding, role in roles.items()
    ]
    aggregated = named(f"{group}/v1", "ClusterRole", name, aggregationRule={"clusterRoleSelectors": [labelled]})
    return [aggregated, *bindings]


def _prepare_kyverno(api: Api, namespace: str) -> None:
    for folder in ("kyverno", "policies.kyverno.io", "policyreport", "reports"):
        define(api, module_dir(KYVERNO, "config", "crds", folder, of="kyverno"))
    account = "kyverno-admission-controller"
    labels = {"app": "kyverno"}
    deployment = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod_spec()},
    }
    for one in (
        *_reports_roles(namespace),
        named("v1", "Namespace", namespace),
        named("v1", "ServiceAccount", account, namespace),
        named("v1", "ConfigMap", "kyverno", namespace, data={}),
        named("v1", "ConfigMap", "kyverno-metrics", namespace, data={}),
        named("apps/v1", "Deployment", account, namespace, spec=deployment),
        named("v1", "Pod", "kyverno-0", namespace, spec=pod_spec()),
    ):
        api.create(one).expect()


@contextlib.contextmanager
def kyverno(cluster: Cluster) -> Iterator[None]:
    """Run Kyverno's admission controller, which makes its own certificates and registers its own webhooks."""
    namespace, account, service = "kyverno", "kyverno-admission-controller", "kyverno-svc"
    _prepare_kyverno(cluster.api, namespace)
    port = free_port()
    command = [
        binary("kyverno-controller"),
        f"--kubeconfig={cluster.kubeconfig}",
        f"--serverIP=127.0.0.1:{port}",
        f"--webhookServerPort={port}",
        f"--caSecretName={service}.{namespace}.svc.kyverno-tls-ca",
        f"--tlsSecretName={service}.{namespace}.svc.kyverno-tls-pair",
        f"--backgroundServiceAccountName=system:serviceaccount:{namespace}:kyverno-background-controller",
        f"--reportsServiceAccountName=system:serviceaccount:{namespace}:kyverno-reports-controller",
        "--disableMetrics=true",
    ]
    env = {
        "KYVERNO_NAMESPACE": namespace,
        "KYVERNO_SERVICEACCOUNT_NAME": account,
        "KYVERNO_DEPLOYMENT": account,
        "KYVERNO_POD_NAME": "kyverno-0",
        "KYVERNO_ROLE_NAME": "kyverno:admission-controller",
        "KYVERNO_SVC": service,
        "INIT_CONFIG": "kyverno",
        "METRICS_CONFIG": "kyverno-metrics",
    }
    hooks = named(
        "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "kyverno-policy-validating-webhook-cfg"
    )
    with running(command, cluster.folder / "kyverno.log", lambda: cluster.api.get(hooks).ok, 120, env):
        yield
