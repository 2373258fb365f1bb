"""A HostProcess container runs on the Windows node itself, as privileged ones do on Linux."""

from podsec_compile.dsl import Rule, cis, each_container, pod, pss

RULE = Rule(
    title="No container is a Windows HostProcess",
    level="baseline",
    severity="critical",
    sources=[pss("windowsHostProcess"), cis("5.2.11")],
    forbid=pod.spec.securityContext.windowsOptions.hostProcess.is_true()
    | each_container.securityContext.windowsOptions.hostProcess.is_true(),
    remedy="remove windowsOptions.hostProcess",
    good={
        "unset": "",
        "null": "securityContext: {windowsOptions: null}",
        "switched off": "securityContext: {windowsOptions: {hostProcess: false}}",
    },
    bad={
        "container": "securityContext: {windowsOptions: {hostProcess: true}}",
        "pod": "spec: {securityContext: {windowsOptions: {hostProcess: true}}}",
    },
)
