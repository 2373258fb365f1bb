"""Arguments stand in the pod, in the process list and in many a log: a credential there is read by all of them."""

from podsec_compile.dsl import Rule, aks, each_word, patterns, some

RULE = Rule(
    title="No credential is written into a command",
    level="aks",
    severity="high",
    sources=[aks("Limit credential exposure")],
    forbid=each_word.matches(*patterns.COMMAND)
    | (some(each_word.matches(patterns.BARE_FLAG)) & ~some(each_word.contains("$("))),
    remedy="take it from a variable with valueFrom, as in --password=$(DB_PASSWORD), or from a file that is mounted",
    good={
        "unset": "",
        "empty list": "args: []",
        "variable": 'args: ["--password=$(DB_PASSWORD)", --token-file=/mnt/token, --password, $(DB_PASSWORD)]',
        "variable before its end": 'command: [serve, --password, "pre$(DB_PASSWORD)post"]',
        "variable elsewhere": "spec: {containers: [{livenessProbe: {exec: {command: [x, --password, $(A)]}}}, "
        "{readinessProbe: {exec: {command: [x, --password, $(A)]}}}, "
        "{startupProbe: {exec: {command: [x, --password, $(A)]}}}, "
        "{lifecycle: {postStart: {exec: {command: [x, --password, $(A)]}}}}, "
        "{lifecycle: {preStop: {exec: {command: [x, --password, $(A)]}}}}]}",
        "variable of the shell": 'command: [sh, -c, PGPASSWORD="$DB_PASSWORD" psql]',
    },
    bad={
        "flag": "args: [serve, --password=hunter2]",
        "flag before its value": "args: [serve, --password, hunter2]",
        "flag before a value with a dollar": "command: [serve, --password, hunter$2]",
        "shell": "command: [sh, -c, PGPASSWORD=hunter2 psql]",
        "liveness": "livenessProbe: {exec: {command: [sh, -c, redis-cli -a hunter2 ping]}}",
        "readiness": "readinessProbe: {exec: {command: [mysqladmin, ping, --password=hunter2]}}",
        "startup": "startupProbe: {exec: {command: [sh, -c, PGPASSWORD=hunter2 pg_isready]}}",
        "start": "lifecycle: {postStart: {exec: {command: [sh, -c, echo password=hunter2 > /etc/app.conf]}}}",
        "stop": "lifecycle: {preStop: {exec: {command: [sh, -c, 'curl -u app:hunter2 localhost']}}}",
    },
)
