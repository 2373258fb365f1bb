"""What latest means changes from pull to pull: nobody can tell what runs, nor go back to it."""

from podsec_compile.dsl import Rule, aks, each_container, image, nsa, pod

RULE = Rule(
    title="Every image names a version",
    level="aks",
    sources=[
        aks("Automatically build images on base image update", "container image management and security"),
        nsa("Container images"),
    ],
    forbid=(image(each_container.image).tag == "latest")
    | (image(pod.spec.volumes.each.image.reference).tag == "latest"),
    remedy="give the image a tag other than latest, or a digest",
    good={
        "tag": "image: mcr.microsoft.com/x:1.2",
        "digest": "image: mcr.microsoft.com/x@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "digest beside latest": "image: x:1.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "null": "image: null",
        "empty list": "spec: {containers: [{image: 'x:1'}], volumes: []}",
    },
    bad={
        "unset": "image: mcr.microsoft.com/x",
        "latest": "image: mcr.microsoft.com/x:latest",
        "port is no tag": "image: localhost:5000/x",
        "image volume": "spec: {containers: [{image: 'x:1'}], volumes: [{name: v, image: {reference: x}}]}",
    },
)
