"""Made-up pods in block-style YAML, for benchmarks: `python benchmarks/pods.py 10000 pods.yaml`.

Nearly every one breaks some rules. Fields come and go at random, so that there are thousands of shapes of document, and
names, images and ports differ. The same number gives the same bytes on every machine.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 10_000
NAMESPACES = ("shop", "payments", "search", "ops", "batch", "web", "data", "monitoring")
REGISTRIES = ("", "docker.io/bitnami/", "mcr.microsoft.com/oss/", "quay.io/acme/", "ghcr.io/acme/", "acme.azurecr.io/")
IMAGES = ("nginx", "redis", "postgres", "api", "worker", "proxy", "exporter", "collector", "gateway", "scheduler")
TAGS = ("", ":latest", ":1.27", ":7.2-alpine", ":v0.48.1", ":2026.10.3", "@sha256:" + "0a1b2c3d" * 8)
VARIABLES = (
    ("LOG_LEVEL", "info"), ("HTTP_PORT", '"8080"'), ("DB_HOST", "db.shop.svc.cluster.local"), ("REGION", "westeurope"),
    ("DB_PASSWORD", "hunter2hunter2"), ("FEATURE_FLAGS", "a,b,c"), ("API_TOKEN", "8f14e45fceea167a5a36dedd4bea2543"),
)  # fmt: skip


def pods(count: int, seed: int = SEED) -> Iterator[str]:
    """Give documents, one pod each."""
    drawn = random.Random(seed)  # noqa: S311  # the same on every machine
    for number in range(count):
        yield "\n".join(_pod(number, drawn)) + "\n"


def _pod(number: int, drawn: random.Random) -> Iterator[str]:
    app = drawn.choice(IMAGES)
    yield from ("apiVersion: v1", "kind: Pod", "metadata:", f"  name: {app}-{number:06}")
    yield f"  namespace: {drawn.choice(NAMESPACES)}"
    yield from ("  labels:", f"    app: {app}", f"    tier: {drawn.choice(('front', 'back', 'data'))}")
    if drawn.random() < 0.2:
        yield from ("  annotations:", '    prometheus.io/scrape: "true"')
    yield "spec:"
    for chance, line in (
        (0.05, "  hostNetwork: true"),
        (0.03, "  hostPID: true"),
        (0.3, "  automountServiceAccountToken: false"),
        (0.3, f"  serviceAccountName: {app}"),
    ):
        if drawn.random() < chance:
            yield line
    if drawn.random() < 0.4:
        yield from ("  securityContext:", f"    runAsNonRoot: {drawn.choice(('true', 'true', 'false'))}")
        if drawn.random() < 0.5:
            yield from ("    seccompProfile:", "      type: RuntimeDefault")
        if drawn.random() < 0.3:
            yield f"    fsGroup: {drawn.choice((0, 1000, 2000))}"
    yield "  containers:"
    for name in (app, "sidecar")[: 1 + (drawn.random() < 0.3)]:
        yield from _container(name, drawn)
    if drawn.random() < 0.25:
        yield from ("  volumes:", "  - name: data")
        yield from drawn.choice((("    emptyDir: {}",), ("    hostPath:", "      path: /var/run/docker.sock")))


def _container(name: str, drawn: random.Random) -> Iterator[str]:
    yield f"  - name: {name}"
    yield f"    image: {drawn.choice(REGISTRIES)}{drawn.choice(IMAGES)}{drawn.choice(TAGS)}"
    if drawn.random() < 0.2:
        yield f"    imagePullPolicy: {drawn.choice(('Always', 'IfNotPresent'))}"
    if drawn.random() < 0.2:
        yield from ("    args:", "    - --config=/etc/app/config.yaml", f"    - --workers={drawn.randrange(1, 9)}")
    if drawn.random() < 0.6:
        yield from ("    ports:", f"    - containerPort: {drawn.choice((80, 443, 3000, 8080, 9090))}")
        if drawn.random() < 0.1:
            yield f"      hostPort: {drawn.choice((80, 8080))}"
    chosen = drawn.sample(VARIABLES, drawn.choice((0, 0, 1, 2, 3)))
    if chosen:
        yield "    env:"
        for key, value in chosen:
            yield from (f"    - name: {key}", f"      value: {value}")
    yield from (
        "    resources:",
        "      requests:",
        "        cpu: 100m",
        f"        memory: {drawn.choice((64, 128))}Mi",
    )
    yield from ("      limits:", f"        memory: {drawn.choice((128, 256, 512))}Mi")
    if drawn.random() < 0.3:
        yield from ("    readinessProbe:", "      httpGet:", "        path: /healthz", "        port: 8080")
    if drawn.random() < 0.6:
        yield "    securityContext:"
        yield f"      allowPrivilegeEscalation: {drawn.choice(('false', 'false', 'true'))}"
        if drawn.random() < 0.5:
            yield f"      readOnlyRootFilesystem: {drawn.choice(('true', 'false'))}"
        if drawn.random() < 0.4:
            yield f"      runAsUser: {drawn.choice((0, 1000, 10001))}"
        if drawn.random() < 0.1:
            yield "      privileged: true"
        if drawn.random() < 0.4:
            yield from ("      capabilities:", "        drop:", "        - ALL")


def main(count: int, file: Path) -> None:
    """Write a file of pods."""
    file.write_text("---\n".join(pods(count)), encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
