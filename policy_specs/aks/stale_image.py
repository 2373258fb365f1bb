"""An image that is never pulled is whatever the node holds under its name, and whoever put it there decides."""

from podsec_compile.dsl import Rule, Source, each_container, image, pod

volume = pod.spec.volumes.each.image

RULE = Rule(
    title="Images are pulled where they may have changed",
    level="aks",
    sources=[
        Source("Kubernetes, Images", "Image pull policy", url="https://kubernetes.io/docs/concepts/containers/images/")
    ],
    forbid=(each_container.imagePullPolicy == "Never")
    | ((each_container.imagePullPolicy == "IfNotPresent") & (image(each_container.image).tag == "latest"))
    | (volume.pullPolicy == "Never")
    | ((volume.pullPolicy == "IfNotPresent") & (image(volume.reference).tag == "latest")),
    remedy="remove imagePullPolicy, or set it to Always; in a volume likewise pullPolicy",
    good={
        "unset": "",
        "null": "imagePullPolicy: null",
        "a version": "{image: 'x:1', imagePullPolicy: IfNotPresent}",
        "latest is pulled": "{image: x, imagePullPolicy: Always}",
        "empty list": "spec: {volumes: []}",
    },
    bad={
        "never": "{image: 'x:1', imagePullPolicy: Never}",
        "latest stays": "{image: x, imagePullPolicy: IfNotPresent}",
        "volume never": "spec: {volumes: [{name: v, image: {reference: 'x:1', pullPolicy: Never}}]}",
        "volume's latest stays": "spec: {volumes: [{name: v, image: {reference: x, pullPolicy: IfNotPresent}}]}",
    },
)
