"""What the source article asks for, row by row, and the rules that check it.

The article is Microsoft's "Best practices for pod security in Azure Kubernetes Service (AKS)"; the last two rows are of
the articles that it links, about container images and about the security of clusters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A demand of the article, and the ids of the rules that check it."""

    asks: str
    rules: tuple[str, ...]


ROWS = (
    Row(
        "a defined user and group that are not root, and an fsGroup that grants only what is needed",
        (
            "run-as-non-root",
            "run-as-user",
            "user-outside-range",
            "group-outside-range",
            "fs-group-outside-range",
            "supplemental-group-outside-range",
        ),
    ),
    Row("no privilege escalation", ("allow-privilege-escalation",)),
    Row("the fewest Linux capabilities", ("capabilities-baseline", "capabilities-restricted")),
    Row("the fewest SELinux labels", ("se-linux-options",)),
    Row(
        "AppArmor and seccomp",
        (
            "app-armor-profile",
            "implicit-app-armor-profile",
            "seccomp-profile-baseline",
            "seccomp-profile-restricted",
        ),
    ),
    Row(
        "no port below 1024 for one that is not root; a Service maps it",
        ("privileged-container-port", "privileged-target-port", "host-ports", "node-port"),
    ),
    Row(
        "the least access to the node's processes and services",
        (
            "privileged",
            "host-namespaces",
            "host-path-volumes",
            "host-probes-and-host-lifecycle",
            "proc-mount",
            "proc-mount-restricted",
            "sysctls",
            "windows-host-process",
            "restricted-volumes",
        ),
    ),
    Row(
        "no credential in code, images or configuration",
        (
            "env-credential",
            "argument-credential",
            "header-credential",
            "annotation-credential",
            "config-map-credential",
            "config-file-credential",
            "azure-client-secret",
        ),
    ),
    Row(
        "managed identities for Azure's resources",
        (
            "shared-workload-identity",
            "malformed-azure-identity",
            "handmade-azure-token",
            "aad-pod-identity",
            "aad-pod-identity-label",
        ),
    ),
    Row(
        "Azure Key Vault by the Secrets Store CSI driver",
        (
            "incomplete-key-vault-class",
            "key-vault-without-identity",
            "incomplete-secrets-store-volume",
            "key-vault-flex-volume",
            "secrets-store-service-principal",
            "synced-key-vault-secret",
            "unquoted-secret-provider-parameter",
        ),
    ),
    Row(
        "images of trusted registries, of a stated version, pulled anew",
        ("untrusted-registry", "latest-tag", "unpinned-image", "stale-image"),
    ),
    Row(
        "user namespaces, a file system that is not written to, no token that is not used",
        (
            "shared-user-namespace",
            "writable-root-file-system",
            "automounting-service-account",
            "mounted-service-account-token",
        ),
    ),
)
