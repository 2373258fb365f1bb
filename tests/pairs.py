"""Pairs of versions of a rule, and what the change from the first to the second is."""

from __future__ import annotations

from dataclasses import dataclass

_FILE = '''"""Why."""
from podsec_compile.dsl import *
pod_wide = pod.spec.securityContext
own = each_container.securityContext
env = each_container.env.each
port = each_container.ports.each
label = pod.metadata.labels
annotation = pod.metadata.annotations.each
volume = pod.spec.volumes.each
RULE = Rule(title="{title}", level="own", remedy="Mend it", {body},
            good={{"good": {good!r}}}, bad={{"bad": {bad!r}}})
'''


@dataclass(frozen=True)
class Pair:
    """Two bodies of a rule (require=, forbid=, exempt=), with a good and a bad case of each."""

    kind: str
    old: tuple[str, str, str]
    new: tuple[str, str, str]
    title: str = "T"

    def file(self, version: tuple[str, str, str]) -> str:
        """Give the text of a rule file."""
        body, good, bad = version
        return _FILE.format(title=self.title if version is self.new else "T", body=body, good=good, bad=bad)


def same(kind: str, old: str, new: str, good: str, bad: str, title: str = "T") -> Pair:
    """Give a pair whose versions share their cases."""
    return Pair(kind, (old, good, bad), (new, good, bad), title)


NO_ROOT = "securityContext: {runAsNonRoot: true}"
PRIVILEGED = "securityContext: {privileged: true}"
ADD = "securityContext: {{capabilities: {{add: [{}]}}}}"
PORT = "ports: [{{containerPort: 80, hostPort: {}}}]"

PAIRS: dict[str, Pair] = {
    # the same, said otherwise
    "only the title": same("reworded", "forbid=own.privileged.is_true()", "forbid=own.privileged.is_true()", "", PRIVILEGED, "U"),
    "nothing at all": same("unchanged", "forbid=own.privileged.is_true()", "forbid=own.privileged.is_true()", "", PRIVILEGED),
    "forbid as require": same("unchanged", "forbid=own.privileged.is_true()", "require=~own.privileged.is_true()", "", PRIVILEGED),
    "De Morgan": same("unchanged", "require=~(own.privileged.is_true() | own.allowPrivilegeEscalation.is_true())",
                      "require=~own.privileged.is_true() & ~own.allowPrivilegeEscalation.is_true()", "", PRIVILEGED),
    "order of values": same("unchanged", 'require=own.capabilities.add.subset_of("CHOWN", "KILL")',
                            'require=own.capabilities.add.subset_of("KILL", "CHOWN")', "", ADD.format("SYS_TIME")),
    "order of parts": same("unchanged", "forbid=own.privileged.is_true() | pod.spec.hostPID.is_true()",
                           "forbid=pod.spec.hostPID.is_true() | own.privileged.is_true()", "", PRIVILEGED),
    "one of as or": same("reworded", 'forbid=own.procMount.one_of("Unmasked", "Other")',
                         'forbid=(own.procMount == "Unmasked") | (own.procMount == "Other")', "",
                         "securityContext: {procMount: Unmasked}"),
    "absent or as two parts": same("unchanged", "require=port.hostPort.absent_or(0)",
                                   "require=port.hostPort.is_absent() | (port.hostPort == 0)", "", PORT.format(80)),
    "subset as each": same("unchanged", 'require=own.capabilities.add.subset_of("CHOWN")',
                           'require=own.capabilities.add.each == "CHOWN"', "", ADD.format("KILL")),
    "contains as some": same("unchanged", 'require=own.capabilities.drop.contains("ALL")',
                             'require=some(own.capabilities.drop.each == "ALL")',
                             "securityContext: {capabilities: {drop: [ALL]}}", ""),
    "an absorbed part": same("reworded", "forbid=own.privileged.is_true()",
                             "forbid=own.privileged.is_true() & own.privileged.is_set()", "", PRIVILEGED),
    "a part that adds nothing": same("reworded", "forbid=own.privileged.is_true()",
                                     "forbid=own.privileged.is_true() | (own.privileged.is_true() & own.tty_.is_set())".replace("own.tty_", "each_container.tty"),
                                     "", PRIVILEGED),
    "whole numbers between": same("reworded", "forbid=(port.hostPort > 0) & (port.hostPort < 3)",
                                  "forbid=(port.hostPort > 0) & ~(port.hostPort >= 3)", "", PORT.format(1)),
    "a prefix as a pattern": same("reworded", 'forbid=each_container.image.starts_with("a/")',
                                  'forbid=each_container.image.matches("^a/")', "", "image: a/b"),
    "a suffix as a pattern": same("reworded", 'forbid=each_container.image.ends_with(":latest")',
                                  'forbid=each_container.image.matches(":latest$")', "", "image: a:latest"),
    "two patterns as one": same("reworded", 'forbid=env.name.matches("^A$", "^B$")', 'forbid=env.name.matches("^[AB]$")',
                                "", "env: [{name: A}]"),
    "a text as a pattern": same("reworded", 'forbid=env.name == "AB"', 'forbid=env.name.matches("^AB$")', "", "env: [{name: AB}]"),
    "under as two tests": same("reworded", 'forbid=each_container.image.is_under("a")',
                               'forbid=(each_container.image == "a") | each_container.image.starts_with("a/")', "", "image: a/b"),
    "distributed": same("reworded", "forbid=own.privileged.is_true() & (pod.spec.hostPID.is_true() | pod.spec.hostIPC.is_true())",
                        "forbid=(own.privileged.is_true() & pod.spec.hostPID.is_true()) | (own.privileged.is_true() & pod.spec.hostIPC.is_true())",
                        "", "spec: {hostPID: true, containers: [{securityContext: {privileged: true}}]}"),
    "exempt as a part": same("reworded", 'forbid=own.privileged.is_true(), exempt=pod.spec.os.name == "windows"',
                             'forbid=own.privileged.is_true() & (pod.spec.os.name != "windows")', "", PRIVILEGED),
    "every label as none other": same("reworded", 'forbid=label["a"] == "b"', 'forbid=(pod.metadata.labels.each.key == "a") & (pod.metadata.labels.each.value == "b")',
                                      "", "metadata: {labels: {a: b}}"),
    # tighter
    "one capability fewer": same("tightened", 'require=own.capabilities.add.subset_of("CHOWN", "KILL")',
                                 'require=own.capabilities.add.subset_of("CHOWN")', "", ADD.format("SYS_TIME")),
    "a field more": same("tightened", "forbid=own.privileged.is_true()",
                         "forbid=own.privileged.is_true() | own.allowPrivilegeEscalation.is_true()", "", PRIVILEGED),
    "the exemption goes": same("tightened", 'forbid=own.privileged.is_true(), exempt=pod.spec.os.name == "windows"',
                               "forbid=own.privileged.is_true()", "", PRIVILEGED),
    "absent no longer passes": Pair("tightened", ("require=~own.runAsNonRoot.is_false()", NO_ROOT, "securityContext: {runAsNonRoot: false}"),
                                    ("require=own.runAsNonRoot.is_true()", NO_ROOT, "")),
    "a lower bound": same("tightened", "forbid=port.hostPort > 1024", "forbid=port.hostPort > 1023", "", PORT.format(2000)),
    "a wider prefix": same("tightened", 'forbid=each_container.image.starts_with("ab")',
                           'forbid=each_container.image.starts_with("a")', "", "image: abc"),
    "part in place of prefix": same("tightened", 'forbid=each_container.image.starts_with("zz")',
                                    'forbid=each_container.image.contains("zz")', "", "image: zza"),
    "a looser pattern forbids more": same("tightened", 'forbid=env.name.matches("^TOKEN$")', 'forbid=env.name.matches("(?i)token")',
                                          "", "env: [{name: TOKEN}]"),
    "pods too, not containers alone": same("tightened", "forbid=own.seLinuxOptions.user.is_set()",
                                           "forbid=own.seLinuxOptions.user.is_set() | pod_wide.seLinuxOptions.user.is_set()",
                                           "", "securityContext: {seLinuxOptions: {user: a}}"),
    "every in place of some": same("tightened", 'forbid=own.capabilities.drop.is_empty()',
                                   'require=own.capabilities.drop.contains("ALL")', "securityContext: {capabilities: {drop: [ALL]}}", ""),
    # looser
    "one capability more is allowed": same("loosened", 'require=own.capabilities.add.subset_of("KILL")',
                                           'require=own.capabilities.add.subset_of("CHOWN", "KILL")', "", ADD.format("SYS_TIME")),
    "a field fewer": same("loosened", "forbid=own.privileged.is_true() | own.allowPrivilegeEscalation.is_true()",
                          "forbid=own.privileged.is_true()", "", PRIVILEGED),
    "an exemption comes": same("loosened", "forbid=own.privileged.is_true()",
                               "forbid=own.privileged.is_true(), exempt=pod.spec.hostUsers.is_false()", "", PRIVILEGED),
    "and in place of or": same("loosened", "forbid=pod.spec.hostPID.is_true() | pod.spec.hostIPC.is_true()",
                               "forbid=pod.spec.hostPID.is_true() & pod.spec.hostIPC.is_true()", "", "spec: {hostPID: true, hostIPC: true}"),
    "exact in place of prefix": same("loosened", 'forbid=each_container.image.starts_with("a")', 'forbid=each_container.image == "a"',
                                     "", "image: a"),
    "a parameter's default grows": same("loosened", 'require=own.capabilities.add.subset_of(param.strings("allowed", ["KILL"], help="h"))',
                                        'require=own.capabilities.add.subset_of(param.strings("allowed", ["KILL", "CHOWN"], help="h"))',
                                        "", ADD.format("SYS_TIME")),
    "a narrower pattern": same("loosened", 'forbid=env.name.matches("[0-9]")', 'forbid=env.name.matches("[1-9]")', "", "env: [{name: A1}]"),
    # both
    "another value": Pair("tightened and loosened", ('forbid=own.procMount == "Unmasked"', "", "securityContext: {procMount: Unmasked}"),
                          ('forbid=own.procMount == "Default"', "", "securityContext: {procMount: Default}")),
    "another field": Pair("tightened and loosened", ("forbid=pod.spec.hostPID.is_true()", "", "spec: {hostPID: true}"),
                          ("forbid=pod.spec.hostIPC.is_true()", "", "spec: {hostIPC: true}")),
    "another case": Pair("tightened and loosened", ('forbid=env.name == "TOKEN"', "", "env: [{name: TOKEN}]"),
                         ('forbid=env.name == "token"', "", "env: [{name: token}]")),
    "one in, one out": same("tightened and loosened", 'require=own.capabilities.add.subset_of("KILL", "SETUID")',
                            'require=own.capabilities.add.subset_of("KILL", "CHOWN")', "", ADD.format("SYS_TIME")),
    "another key of a label": Pair("tightened and loosened", ('forbid=label["a"].is_set()', "", "metadata: {labels: {a: b}}"),
                                   ('forbid=label["b"].is_set()', "", "metadata: {labels: {b: b}}")),
}  # fmt: skip
