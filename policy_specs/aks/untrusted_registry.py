"""An image runs with all that its pod may do, so it comes from a registry that somebody answers for."""

from podsec_compile.dsl import Rule, aks, each_container, image, param, pod

volume = pod.spec.volumes.each
trusted = param.strings(
    "registries",
    default=["mcr.microsoft.com"],
    help="Registries, or repositories in them, that images may come from: example.azurecr.io, docker.io/library.",
)

RULE = Rule(
    title="Images come from trusted registries",
    level="aks",
    severity="high",
    sources=[aks("Use trusted registries", "container image management and security")],
    require=image(each_container.image).repository.is_under(trusted)
    & (volume.image.is_absent() | image(volume.image.reference).repository.is_under(trusted)),
    remedy="use an image of a trusted registry; with defaults that is mcr.microsoft.com, else a copy in a registry of "
    "your own that the parameter registries names",
    good={
        "trusted": "image: mcr.microsoft.com/oss/nginx/nginx:1.25.4",
        "no image volume": "spec: {containers: [{image: mcr.microsoft.com/x}], volumes: [{name: v, image: null}]}",
        "empty list": "spec: {containers: [{image: mcr.microsoft.com/x}], volumes: []}",
    },
    bad={
        "unset": "image: null",
        "Docker Hub's by default": "image: nginx:1.25.4",
        "look-alike": "image: mcr.microsoft.com.example.org/nginx:1.25.4",
        "image volume": "spec: {containers: [{image: mcr.microsoft.com/x}], "
        "volumes: [{name: v, image: {reference: quay.io/x}}]}",
    },
)
