"""Ordinary texts that the patterns were developed on: what manifests hold beside credentials."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from making import ALNUM, HEX, URL_SAFE, Case, Maker

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_260_302


def cases() -> list[Case]:
    """Give the whole set, the same each time; no text in it is a credential."""
    make = Maker(SEED)
    return [*_random(make), *_env(make), *_arguments(), *_metadata(make), *_headers(), *_config(make)]


def _random(make: Maker) -> Iterator[Case]:
    """Long random texts that are none: in every place."""
    certificate = make.pem("CERTIFICATE")
    for text in (
        f"registry.example.com/a/b@sha256:{make.of(HEX, 64)}", f"sha256:{make.of(HEX, 64)}", make.of(HEX, 64), make.of(HEX, 40),
        make.of(HEX, 32), make.of(HEX, 128), make.uuid(), make.uuid().upper(), make.bytes64(32), make.bytes64(300), make.of(ALNUM, 26),
        f"sha512-{make.bytes64(64)}", f"SHA256:{make.of(ALNUM + '+/', 43)}", base64.b64encode(b'{"a": 1, "b": [2, 3]}').decode(),
        base64.b64encode(certificate.encode()).decode(), certificate, make.pem("PUBLIC KEY"), make.pem("CERTIFICATE REQUEST"),
        make.pem("X509 CRL"), f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB{make.of(ALNUM + '+/', 340)} a@b",
        f"/subscriptions/{make.uuid()}/resourceGroups/a/providers/Microsoft.KeyVault/vaults/b", f"api://{make.uuid()}/.default",
        f"https://a.blob.core.windows.net/b/c?v={make.number(1, 9)}", "https://sts.windows.net/" + make.uuid() + "/",
        f"arn:aws:kms:eu-central-1:123456789012:key/{make.uuid()}", f"projects/a/secrets/b/versions/{make.number(1, 9)}",
        f"data:font/woff2;base64,{make.bytes64(500)}", f"urn:uuid:{make.uuid()}", f"G-{make.of(ALNUM.upper(), 10)}",
        f"InstrumentationKey={make.uuid()};IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/",
        f"spiffe://cluster.local/ns/a/sa/b?{make.of(HEX, 8)}", f"v1.2.3-{make.number(1, 99)}-g{make.of(HEX, 8)}",
        make.segment({"kind": "page", "next": make.number(1, 999)}), f"eyJ{make.of(URL_SAFE, 40)}",
    ):  # fmt: skip
        yield Case("ordinary", "env", "SOME_VALUE", text)
        yield Case("ordinary", "args", "", f"--some-value={text}")
        yield Case("ordinary", "annotation", "example.com/some-value", text)
        yield Case("ordinary", "config", "some-value", text)
        yield Case("ordinary", "config", "some.yaml", f"some:\n  value: {json.dumps(text)}\n  list: [1, 2]\n")


def _env(make: Maker) -> Iterator[Case]:
    for name, value in {
        "PASSWORD_LENGTH": "16", "MIN_PASSWORD_AGE": "1", "PASSWORD_EXPIRATION_DAYS": "90", "PWD": "/app", "OLDPWD": "/", "PASS_COUNT": "3",
        "PASSWORD_ENCODER": "bcrypt", "SECRETS_PATH": "/mnt/secrets", "SECRET_STORE": "azure-kv", "SECRET_VERSION": "7", "DB_SECRET_NAME": "db",
        "TOKEN_URL": "https://login.example.com/token", "TOKEN_ENDPOINT": "/oauth/token", "TOKEN_LIFETIME": "1h", "TOKEN_AUDIENCE": "api",
        "MAX_TOKEN_LENGTH": "512", "TOKENS_PER_MINUTE": "100", "TOKEN_PATH": "/var/run/t", "TOKEN_FILE": "/var/run/t", "KEY_ID": "k1",
        "KEY_PREFIX": "app:", "API_KEY_NAME": "x", "KEYCLOAK_REALM": "main", "KEY_FILE": "/k.pem", "PRIVATE_KEY_FILE": "/k.pem",
        "ACCESS_KEY_ID_FILE": "/a", "KEYSTORE": "/a.p12", "TRUSTSTORE_PATH": "/t.p12", "AUTH_METHOD": "oidc", "AUTH_URL": "https://a/",
        "AUTH_SERVICE": "auth:80", "AUTHOR": "a", "DISABLE_AUTH": "true", "BASIC_AUTH": "false", "CLIENT_ID": make.uuid(), "APP_ID": "7",
        "USE_TOKEN": "true", "VALIDATE_TOKEN": "yes", "REQUIRE_PASSWORD": "1", "NO_PASSWORD": "no", "ENABLE_SECRET": "on", "SECRET": "",
        "DB_PASSWORD": "$(PW)", "APP_SECRET": "${APP_SECRET}", "APP_TOKEN": "{{ token }}", "APP_API_KEY": "<change-me>", "APIKEY": "null",
        "ADMIN_PASSWORD": "/mnt/secrets/admin", "REDIS_PASSWORD": "file:///mnt/redis", "SMTP_PASSWORD": "ref+azurekeyvault://kv/smtp",
        "ENC_PASSWORD": "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]", "KV_SECRET": "@Microsoft.KeyVault(VaultName=a;SecretName=b)",
        "VAULT_SECRET": "vault:secret/data/a#b", "AWS_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbCdEf", "X_TOKEN": "****",
        "MASKED_PASSWORD": "REDACTED", "GCP_SECRET": "projects/a/secrets/b/versions/latest", "PULL_SECRET": "regcred", "CA_TLS_SECRET": "ca",
        "SORTKEY": "id", "HASH_KEY": "id", "FOREIGN_KEY": "a_id", "OBJECT_KEY": "a/b.json", "MESSAGE_KEY": "id", "REGISTRY_KEY": "HKLM", "S3_KEY": "a/b",
        "JWT_PUBLIC_KEY": make.pem("PUBLIC KEY"), "SITE_KEY": make.of(ALNUM, 40), "PUBLISHABLE_KEY": f"pk_test_{make.of(ALNUM, 24)}",
        "DB_URL": "postgres://db/main", "DB_URL2": "postgres://svc@db/main", "DB_URL3": "postgres://svc:$(PW)@db/main", "URL4": "http://a:80/b@c",
        "URL5": "postgres://svc:${PW}@db/main", "URL6": "redis://a:6379/0", "URL7": "https://a.example.com:8443/x:y@z", "URL8": "http://[::1]:80/",
        "URL9": "mongodb://svc:{{ pw }}@m/main", "URL10": "jdbc:oracle:thin:@//db:1521/x", "URL11": "amqp://svc:<password>@mq", "EMAIL": "a@b.example.com",
        "CONN": "Server=db;Database=main;Integrated Security=true", "CONN2": "Server=db;Password=${PW};User Id=a", "CONN3": "host=db user=a sslmode=off",
        "CONN4": "Endpoint=sb://a.servicebus.windows.net/;Authentication=ManagedIdentity", "CONN5": "Server=db;User=a;Password=;", "CONN6":
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=$(KEY);EndpointSuffix=core.windows.net", "CONN7": "a:6380,ssl=True,password=$(PW)",
        "LOG": "%d %-5p [%t] %c - token=%X{token} %m%n", "FLAGS": "password-reset=on,token-v2=off", "EXCLUDE": "password,secret,token,authorization",
        "MASK": "password=***", "REDACT": "(?i)(password|token)=[^&]+", "HELP": "Set password: at least 12 characters", "QUERY": "sum(rate(a{token!=\"\"}[5m]))",
        "OPTS": "-Djavax.net.ssl.trustStore=/a -Djavax.net.ssl.keyStorePassword=${KP}", "TEMPLATE": "password: {{ .Data.password }}", "SIG": "sig=none",
        "CONNECTION_STRING": "", "CONNECTIONSTRINGS__MAIN": "$(MAIN)", "STORAGE_CONNECTION_STRING": "UseDevelopmentStorage=true", "GPG_KEY": make.of(HEX.upper(), 40),
        "ConnectionStrings__Db": "Server=db;Database=main;Authentication=Active Directory Managed Identity", "CREDENTIALS": "/etc/c", "CREDENTIAL": "workload",
        "CREDENTIAL_TYPE": "managed", "HAS_CREDENTIALS": "true", "SAS": "false", "MAX_TOKEN": "4096", "TOKEN_COUNT": "3", "NUM_SECRETS": "4", "COMPASS": "n",
    }.items():  # fmt: skip
        yield Case("ordinary", "env", name, value)


def _arguments() -> Iterator[Case]:
    for text in (
        "--password-file=/a",
        "--password=$(PW)",
        "--password=${PW}",
        "--token=/var/run/t",
        "--token-file=/t",
        "--secret-name=a",
        "--secret=a/b",
        "--tls-private-key-file=/k",
        "--key=/k",
        "--api-key=$(K)",
        "--password=",
        "--password",
        "--enable-password=false",
        "--auth-token=true",
        "--min-password=12",
        "--password-length=12",
        "--tokenizer=bpe",
        "--sort-key=a",
        "--authentication-kubeconfig=/a",
        "--use-token=false",
        "--partition-key=id",
        "--health-probe-bind-address=:8081",
        "--zap-log-level=info",
        "--metrics-bind-address=127.0.0.1:8080",
        "-v=2",
        "--oidc-client-id=abc",
        "--azure-tenant=abc",
        "--validate-secret=yes",
        "--webhook-cert-secret=a-tls",
        "--pull-secret=regcred",
        "--max-tokens=512",
    ):
        yield Case("ordinary", "args", "", text)
    for text in (
        "PGPASSWORD=$PW psql",
        'PGPASSWORD="$PW" psql',
        "PGPASSWORD=${PW} psql",
        "PASSWORD=$(cat /p) ./a",
        "PASSWORD=`cat /p` ./a",
        "redis-cli -a $PW ping",
        'redis-cli -a "${PW}" ping',
        "curl -u $U:$P http://a",
        'curl -u "$U:$P" http://a',
        'curl -H "Authorization: Bearer $T" http://a',
        "mysql -u root -p$PW",
        'mysql -uroot -p"$PW" -e "select 1"',
        "mkdir -p /a/b",
        "cp -pr /a /b",
        "docker login -u $U -p $P r",
        "java -Dapp.password=$PW -jar a",
        "echo 'password: ' && read p",
        'echo "token=$T" >> /a',
        '[ -n "$TOKEN" ] && ./a',
        "./a --password $PW",
        './a --token "$T"',
        "tar -xpf a.tar -C /b",
        "openssl rsa -in k -passin env:PW",
        "openssl rsa -in k -passin file:/p",
        "ssh -p 2222 a@b",
        "nc -z db 5432",
        "curl http://a/token?format=json",
        "psql postgres://svc:$PW@db/main",
        "git clone https://$TOKEN@git.example.com/a",
        "git clone https://x:${TOKEN}@git.example.com/a",
        "mongosh -u a -p $PW",
        "kubectl get secret a -o jsonpath='{.data.password}' | base64 -d",
        "vault kv get -field=password secret/a",
        "curl -X POST -d @/etc/token http://a/",
        "sed 's/password=.*/password=xxx/' a",
        "python tokenizer.py --max-token 12",
        "./a --secret-name b --token-ttl 1h",
        "sleep 5; ./a",
        "pgrep -u root a",
    ):
        yield Case("ordinary", "command", "", text)


def _metadata(make: Maker) -> Iterator[Case]:
    for name, value in {
        "checksum/config": make.of(HEX, 64), "checksum/secret": make.of(HEX, 64), "checksum/db-password": make.of(HEX, 64), "prometheus.io/port": "9090",
        "sidecar.istio.io/rewriteAppHTTPProbers": "true", "linkerd.io/proxy-version": "stable-2.14", "example.com/secret": "shop/tls-cert", "cert-token": "true",
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"spec": {"containers": [{"env": [{"name": "TOKEN", "value": "$(T)"}], "image":
        f"a@sha256:{make.of(HEX, 64)}"}], "volumes": [{"name": "token", "secret": {"secretName": "t"}}]}}), "vault.hashicorp.com/auth-path": "auth/k8s",
        "vault.hashicorp.com/agent-inject-secret-password": "kv/a", "example.com/key": "a", "example.com/token-audience": "b", "example.com/hash": make.of(HEX, 40),
        "secrets-hash": make.of(HEX, 64), "example.com/secret-hash": make.of(HEX, 64), "kustomize.toolkit.fluxcd.io/checksum": make.of(HEX, 40),
        "example.com/password": "$(PW)", "example.com/api-key": "", "example.com/token": "/var/run/token", "argocd.argoproj.io/tracking-id": "a:apps/Deployment:b/c",
    }.items():  # fmt: skip
        yield Case("ordinary", "annotation", name, value)


def _headers() -> Iterator[Case]:
    for name, value in {"Host": "a", "Accept": "*/*", "X-Key-Id": "7", "X-Secret-Mode": "off", "Authorization": "", "X-Token-Source": "header", "Connection":
                        "close", "X-Api-Key": "", "X-Auth": "none", "X-Author": "a", "Accept-Language": "de"}.items():  # fmt: skip
        yield Case("ordinary", "header", name, value)


def _config(make: Maker) -> Iterator[Case]:
    certificate = base64.b64encode(make.pem("CERTIFICATE").encode()).decode()
    for text in (
        "password=${PW}\n", "password = ${env:PW}\n", "password: {{ pw }}\n", "password:\n  min: 12\n", "password:\n", "password=\n", "password: ''\n", 'password: ""\n',
        "password: null\n", "password: ~\n", "password: true\n", "passwordEnabled: true\n", "secret: false\n", "token: none\n", "# password: at least twelve\n", "password: <set-me>\n",
        "password: $__file{/p}\n", "password: $PW\n", 'password = "$PW"\n', "password_file: /p\n", "password: /run/secrets/p\n", "token: /var/run/t\n", "secretName: a\n", "secret:\n  name: a\n",
        "secretKeyRef:\n  name: a\n  key: password\n", "key: password\n", "- password\n- token\n", '{"password": ""}', '{"password": {"type": "string"}}', '{"fields": ["password", "token"]}',
        '{"token": null}', '{"password": "${PW}"}', '{"passwordRequired": true, "tokens": 5}', "<password></password>", "<password>${PW}</password>", '<a password="${PW}"/>',
        "validate_password.length=12\n", "password_encryption = scram-sha-256\n", "pass.count=3\n", "auth_type = token\n", "credentials: include\n", "credentials: same-origin\n",
        "secret: ENC[AES256_GCM,data:abc]\n", "password: vault:secret/data/a#b\n", "password: !vault |\n  $ANSIBLE\n", "password: *default\n", "password: ********\n", "password: REDACTED\n",
        "host all all 0.0.0.0/0 scram-sha-256\n", "requirepass \"\"\n", "# requirepass foobared\n", "proxy_set_header Authorization \"\";\n", "proxy_set_header X-Api-Key $http_x_api_key;\n",
        "password text NOT NULL,\n", "ALTER USER a WITH PASSWORD :'pw';\n", "grant_type=password\n", "POST /login?redirect=/a HTTP/1.1\n", "error.password=Wrong password\n", "user.token.title=Your tokens\n",
        "const password = process.env.PW;\n", "password = os.environ['PW']\n", 'password: str = Field(min_length=8)\n', "token := os.Getenv(\"T\")\n", "let token = localStorage.getItem('t');\n",
        "if password == other:\n  pass\n", "def f(password: str, token: str) -> None: ...\n", "function login(user, password) {}\n", "input[type=password] { color: red }\n", "map $http_token $valid { default 0; }\n",
        f"certificate-authority-data: {certificate}\n", f"client-certificate-data: {certificate}\n", f"checksum: {make.of(HEX, 64)}\n", f"tokenHash: {make.of(HEX, 64)}\n", f"image: a@sha256:{make.of(HEX, 64)}\n",
        "forward . 10.0.0.10\nrewrite name a.example.com b.svc\n", "log_format json escape=json '{\"t\":\"$time_iso8601\",\"r\":\"$request\"}';\n", "level=info msg=\"token refreshed\" ttl=3600\n",
        "tokens_total{a=\"b\"} 7\n", "expr: sum by (token) (rate(x[5m]))\n", "oidc:\n  client_id: a\n  client_secret_file: /c\n", "clientSecret: $oidc.secret\n", "url: https://a.example.com/password/reset\n",
        "auth:\n  existingSecret: a\n  secretKeys:\n    adminPasswordKey: postgres-password\n", "jwt:\n  secret:\n    from: env\n", "apiKey:\n  in: header\n  name: X-Api-Key\n", "api_key_header = X-Api-Key\n",
        "storage:\n  azure:\n    use_workload_identity: true\n    account: a\n", "basic_auth:\n  username: a\n  password_file: /p\n", "passwordSecret:\n  name: a\n", "token_ttl: 3600\n", "csrf_token_name: t\n",
        "secret_key_base: <%= ENV['S'] %>\n", "password: \"{{ lookup('env', 'PW') }}\"\n", "password: (( grab a.b ))\n", "password_policy: strict\n", "auth: true\n", "\"auth\": {\"enabled\": false}\n",
    ):  # fmt: skip
        yield Case("ordinary", "config", "file", text)
    for name, value in {"passwords.md": "# Passwords\nUse a manager.\n", "token-ttl": "5", "password-policy.json": '{"minimum": 12}', "authorization": "rbac",
                        "key": "a", "secret": "", "api-key": "${K}", "tls.crt": make.pem("CERTIFICATE"), "max-token": "9"}.items():  # fmt: skip
        yield Case("ordinary", "config", name, value)
