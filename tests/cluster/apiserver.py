"""A real kube-apiserver over a real etcd, with two of Kubernetes' controllers, on 127.0.0.1 with own certificates."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

from api import Api
from binaries import binary
from processes import free_port, listens, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Cluster:
    """What a client, and an admission controller, needs of the cluster."""

    api: Api
    folder: Path  # for logs, certificates and the like; goes with the cluster
    kubeconfig: Path
    authority: trustme.CA

    @property
    def bundle(self) -> str:
        """The caBundle of a webhook whose certificate the cluster's authority issued."""
        return base64.b64encode(self.authority.cert_pem.bytes()).decode()

    def certificate(self, name: str) -> tuple[Path, Path]:
        """Issue a certificate for 127.0.0.1: the files of the certificate and of its key, in a folder of their own."""
        folder = self.folder / name
        folder.mkdir()
        return _issue(self.authority, folder)


def _issue(authority: trustme.CA, folder: Path) -> tuple[Path, Path]:
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key = folder / "tls.crt", folder / "tls.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    key.chmod(0o600)
    return certificate, key


@contextlib.contextmanager
def _etcd(folder: Path) -> Iterator[str]:
    url, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    command = [
        binary("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]

    def healthy() -> bool:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310
                return bool(json.load(answer)["health"] == "true")
        except OSError:
            return False

    with running(command, folder / "etcd.log", healthy):
        yield url


def _kubeconfig(api: Api, file: Path) -> Path:
    cluster = {"server": api.url, "certificate-authority": str(api.authority)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": api.token}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
        "current-context": "lab",
    }
    file.write_text(json.dumps(content))
    file.chmod(0o600)
    return file


@contextlib.contextmanager
def _controllers(folder: Path, kubeconfig: Path) -> Iterator[None]:
    """Run those controllers that the tests need: roles made of others, and the type check of admission policies."""
    port = free_port()
    command = [
        binary("kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        "--controllers=clusterrole-aggregation-controller,validatingadmissionpolicy-status-controller",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'controllers'}",
    ]
    with running(command, folder / "kube-controller-manager.log", lambda: listens(port)):
        yield


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start etcd, the API server and its controllers; give what is needed to talk to it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.crt")
    serving = folder / "apiserver"
    serving.mkdir()
    certificate, key = _issue(authority, serving)
    token = secrets.token_hex(16)
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{token},admin,admin,"system:masters"\n')
    tokens.chmod(0o600)
    port = free_port()
    api = Api(f"https://127.0.0.1:{port}", token, folder / "ca.crt")
    with _etcd(folder) as etcd:
        command = [
            binary("kube-apiserver"),
            f"--etcd-servers={etcd}",
            f"--secure-port={port}",
            "--bind-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={serving}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            "--service-account-issuer=https://127.0.0.1",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--allow-privileged",  # else its own validation refuses what the policies are there for
            "--service-cluster-ip-range=10.0.0.0/24",
            "--disable-admission-plugins=ServiceAccount",
        ]
        with running(command, folder / "kube-apiserver.log", api.is_ready):
            kubeconfig = _kubeconfig(api, folder / "kubeconfig")
            with _controllers(folder, kubeconfig):
                yield Cluster(api, folder, kubeconfig, authority)
