"""Arguments stand in the pod, in the process list and in many a log: a credential there is read by all of them."""

from podsec_compile.dsl import Rule, aks, each_container, each_word, patterns, some

args, command = each_container.args.each, each_container.command.each

RULE = Rule(
    title="No credential is written into a command",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=each_word.matches(*patterns.COMMAND)
    | (some(args.matches(patterns.BARE_FLAG)) & ~some(args.contains("$(")))
    | (some(command.matches(patterns.BARE_FLAG)) & ~some(command.contains("$("))),
    remedy="take it from a variable with valueFrom, as in --password=$(DB_PASSWORD), or from a file that is mounted",
    good={
        "unset": "",
        "empty list": "args: []",
        "variable": 'args: ["--password=$(DB_PASSWORD)", --token-file=/mnt/token, --password, $(DB_PASSWORD)]',
        "variable of the shell": 'command: [sh, -c, PGPASSWORD="$DB_PASSWORD" psql]',
    },
    bad={
        "flag": "args: [serve, --password=hunter2]",
        "flag before its value": "args: [serve, --password, hunter2]",
        "flag of a command": "command: [serve, --password, hunter2]",
        "shell": "command: [sh, -c, PGPASSWORD=hunter2 psql]",
        "probe": "livenessProbe: {exec: {command: [sh, -c, redis-cli -a hunter2 ping]}}",
        "hook": "lifecycle: {preStop: {exec: {command: [sh, -c, 'curl -u app:hunter2 localhost']}}}",
    },
)
