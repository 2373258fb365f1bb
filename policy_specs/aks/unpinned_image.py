"""A tag can be moved to other content, a digest cannot: what was reviewed is what runs."""

from podsec_compile.dsl import Rule, aks, each_container, image, param, pod

own, volume = image(each_container.image), image(pod.spec.volumes.each.image.reference)
pinned = param.strings(
    "pinned",
    default=["docker.io"],
    help="Registries, or repositories in them, whose images have to be given by digest.",
)

RULE = Rule(
    title="Images of public registries are given by digest",
    level="aks",
    severity="low",
    sources=[aks("Use trusted registries", "container image management and security")],
    require=(~own.repository.is_under(pinned) | own.digest.is_set())
    & (~volume.repository.is_under(pinned) | volume.digest.is_set()),
    remedy="add the digest of what you reviewed to the image: name:tag@sha256:...",
    good={
        "another registry": "image: mcr.microsoft.com/x:1",
        "digest": "image: nginx:1.25@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "null": "image: null",
        "empty list": "spec: {containers: [{image: 'mcr.microsoft.com/x'}], volumes: []}",
    },
    bad={
        "unset": "image: nginx",
        "tag": "image: docker.io/library/nginx:1.25",
        "image volume": "spec: {containers: [{image: mcr.microsoft.com/x}], "
        "volumes: [{name: v, image: {reference: index.docker.io/x/y}}]}",
    },
)
