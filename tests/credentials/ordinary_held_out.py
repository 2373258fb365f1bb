"""Ordinary texts that no pattern was changed for: written before the patterns, in the manner of manifests in use."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from making import ALNUM, HEX, Case, Maker

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_260_402


def cases() -> list[Case]:
    """Give the whole set, the same each time; no text in it is a credential."""
    make = Maker(SEED)
    return [*_env(make), *_arguments(make), *_metadata(make), *_headers(), *_config(make), *_files(make)]


def _env(make: Maker) -> Iterator[Case]:
    sha, uuid = make.of(HEX, 64), make.uuid()
    for name, value in {
        # names with a telling word that say something else
        "PASSWORD_MIN_LENGTH": "12", "PASSWORD_HASH_ALGORITHM": "argon2id", "PASSWORD_RESET_ENABLED": "true",
        "PASSWORD_FILE": "/run/secrets/db", "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres", "SECRET_NAME": "shop-db",
        "TOKEN_EXPIRY": "3600", "TOKEN_TTL": "15m", "TOKEN_ISSUER": "https://login.example.org/", "TOKENIZER": "cl100k_base",
        "TOKENIZERS_PARALLELISM": "false", "MAX_TOKENS": "4096", "MAX_NEW_TOKENS": "512", "KEYCLOAK_URL": "http://keycloak:8080",
        "KEYSPACE": "orders", "CASSANDRA_KEYSPACE": "metrics", "KEY_VAULT_NAME": "kv-shop-prod", "KEYVAULT_URI": "https://kv.vault.azure.net/",
        "SECRET_PROVIDER": "azure", "SECRETS_BACKEND": "vault", "AWS_SECRET_NAME": "prod/shop/db", "DB_SECRET_ARN":
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", "PRIVATE_KEY_PATH": "/etc/tls/tls.key",
        "TLS_KEY": "/etc/tls/tls.key", "SSL_KEY_FILE": "/certs/server.key", "API_KEY_HEADER": "X-Api-Key",
        "ACCESS_KEY_ROTATION_DAYS": "90", "AUTH_TYPE": "oidc", "AUTH_ENABLED": "true", "AUTHENTICATION_MODE": "workload",
        "AUTHORIZATION_URL": "http://authz:8181/v1/data", "CREDENTIALS_PROVIDER": "DefaultAzureCredential",
        "GOOGLE_APPLICATION_CREDENTIALS": "/var/run/gcp/key.json", "AWS_WEB_IDENTITY_TOKEN_FILE":
        "/var/run/secrets/eks.amazonaws.com/serviceaccount/token", "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/azure/tokens/azure-identity-token",
        "SESSION_COOKIE_NAME": "shop_session", "CSRF_TOKEN_HEADER": "X-CSRF-Token", "FEATURE_PASSWORDLESS_LOGIN": "true",
        "SHOW_PASSWORD": "false", "ALLOW_EMPTY_PASSWORD": "yes", "MYSQL_ALLOW_EMPTY_PASSWORD": "1", "MYSQL_RANDOM_ROOT_PASSWORD": "yes",
        "PASSWORD": "", "DB_PASSWORD": "$(DATABASE_PASSWORD)", "REDIS_PASSWORD": "${REDIS_PASSWORD}", "API_KEY": "{{ .Values.apiKey }}",
        "API_TOKEN": "vault:secret/data/shop#token", "GITLAB_TOKEN": "<your-token>", "SMTP_PASSWORD": "/run/secrets/smtp",
        "SECRET_KEY_REF": "shop/key", "IMAGE_PULL_SECRET": "registry-pull", "TLS_SECRET": "shop-tls", "CERT_SECRET_NAME": "shop-cert",
        "WEBHOOK_TLS_SECRET": "webhook-server-cert", "PARTITION_KEY": "customerId", "SORT_KEY": "createdAt", "PRIMARY_KEY": "id",
        "CACHE_KEY": "orders:v2", "ROUTING_KEY": "orders.created", "GROUP_KEY": "team", "LABEL_KEY": "app.kubernetes.io/name",
        "PUBLIC_KEY": make.pem("PUBLIC KEY"), "JWT_PUBLIC_KEY": make.pem("RSA PUBLIC KEY"), "SSH_PUBLIC_KEY":
        f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{make.of(ALNUM, 43)} ops@example.org", "CA_BUNDLE": make.pem("CERTIFICATE"),
        "CA_CERT_B64": base64.b64encode(make.pem("CERTIFICATE").encode()).decode(), "SIGNING_ALGORITHM": "RS256",
        # digests, ids, addresses
        "IMAGE_DIGEST": f"sha256:{sha}", "GIT_SHA": make.of(HEX, 40), "GIT_COMMIT": make.of(HEX, 40), "BUILD_ID": make.of(HEX, 32),
        "CHECKSUM": make.of(HEX, 64), "AZURE_CLIENT_ID": uuid, "AZURE_TENANT_ID": make.uuid(), "AZURE_SUBSCRIPTION_ID": make.uuid(),
        "IDENTITY_ID": f"/subscriptions/{make.uuid()}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app",
        "APPLICATIONINSIGHTS_ROLE_NAME": "shop", "AZURE_STORAGE_ACCOUNT": "shopprod", "BLOB_ENDPOINT": "https://shop.blob.core.windows.net/",
        "STORAGE_URL": "https://shop.blob.core.windows.net/data?restype=container&comp=list", "SB_NAMESPACE": "shop.servicebus.windows.net",
        "SB_ENDPOINT": "sb://shop.servicebus.windows.net/", "COSMOS_ENDPOINT": "https://shop.documents.azure.com:443/",
        "DATABASE_URL": "postgresql://pg.internal:5432/shop", "DATABASE_URL_USER": "postgresql://app@pg.internal/shop?sslmode=require",
        "DATABASE_URL_REF": "postgresql://app:$(DB_PASSWORD)@pg.internal:5432/shop", "MONGO_URL": "mongodb://mongo-0.mongo,mongo-1.mongo/shop",
        "REDIS_URL": "redis://redis-master:6379/0", "AMQP_URL": "amqp://rabbitmq.messaging.svc:5672", "JDBC_URL":
        "jdbc:postgresql://pg:5432/shop?sslmode=verify-full&sslrootcert=/certs/ca.crt", "SQL_URL":
        "Server=tcp:shop.database.windows.net,1433;Database=shop;Authentication=Active Directory Default;Encrypt=True;",
        "SQL_REF": "Server=tcp:db,1433;Database=shop;User ID=app;Password=$(DB_PASSWORD);Encrypt=True;", "REDIS_CONN":
        "cache.redis.cache.windows.net:6380,ssl=True,abortConnect=False", "NO_PROXY": "localhost,127.0.0.1,.svc,.cluster.local,10.0.0.0/8",
        "HTTPS_PROXY": "http://proxy.internal:3128", "GIT_URL": "git@github.com:example/app.git", "GIT_HTTP": "https://git@dev.azure.com/org/p/_git/a",
        "JAVA_OPTS": "-Xms512m -Xmx2g -XX:+UseG1GC -Djavax.net.ssl.trustStore=/etc/ssl/cacerts -Djava.security.egd=file:/dev/./urandom",
        "JAVA_TOOL_OPTIONS": "-XX:MaxRAMPercentage=75.0 -XX:+ExitOnOutOfMemoryError", "NODE_OPTIONS": "--max-old-space-size=4096",
        "LOG_FORMAT": '%(asctime)s %(levelname)s [%(name)s] %(message)s', "OTEL_RESOURCE_ATTRIBUTES": "service.name=shop,team=core",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel-collector.monitoring:4317", "FEATURES": "newCheckout=true;passwordless=true;tokens=v2",
        "FEATURE_FLAGS": json.dumps({"tokenRefresh": True, "secretRotation": {"enabled": True, "days": 30}}),
        "KUBERNETES_SERVICE_HOST": "10.0.0.1", "POD_LABELS": 'app="shop"\npod-template-hash="6d4cf56db6"', "CRON": "*/5 * * * *",
        "CORS_HEADERS": "Authorization,Content-Type,X-Api-Key,X-Auth-Token", "PASSWORD_POLICY": "length(12) and upperCase(1)",
        "OIDC_SCOPES": "openid profile email offline_access", "JWKS_URI": "https://login.example.org/.well-known/jwks.json",
        "SECRET_ROTATION": "30d", "SECRETS_DIR": "/mnt/secrets-store", "VAULT_ADDR": "https://vault.internal:8200", "VAULT_ROLE": "shop",
        "PASS_THROUGH": "true", "COMPASS_URL": "http://compass", "BYPASS": "false", "KEYBOARD": "de", "MONKEY": "banana", "TURNKEY": "yes",
        "AUTHOR": "Jane Doe", "OAUTH_CLIENT_ID": f"{make.number(10**11, 10**12)}-{make.of(ALNUM.lower(), 32)}.apps.googleusercontent.com",
        "SENTRY_DSN": f"https://{make.of(HEX, 32)}@o{make.number(1000, 9999)}.ingest.sentry.io/{make.number(10**6, 10**7)}",
        "RECAPTCHA_SITE_KEY": "6L" + make.of(ALNUM, 38), "STRIPE_PUBLISHABLE_KEY": f"pk_live_{make.of(ALNUM, 24)}",
        "VAPID_PUBLIC_KEY": "B" + make.of(ALNUM, 86), "GPG_KEY": make.of(HEX.upper(), 40), "GPG_KEYS": make.of(HEX.upper(), 40),
        "PYTHON_SHA256": make.of(HEX, 64), "NODE_VERSION": "20.11.1", "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/bin",
    }.items():  # fmt: skip
        yield Case("ordinary", "env", name, value)


def _arguments(make: Maker) -> Iterator[Case]:
    for value in (
        "--token-ttl=1h",
        "--tls-private-key-file=/certs/tls.key",
        "--tls-cert-file=/certs/tls.crt",
        "--secret-name=shop-tls",
        "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
        "--token-auth-file=/etc/tokens.csv",
        "--password-file=/run/secrets/db",
        "--requestheader-client-ca-file=/ca.crt",
        "--authentication-token-webhook-cache-ttl=10s",
        "--password=$(DB_PASSWORD)",
        "--client-secret=$(CLIENT_SECRET)",
        "--api-key=${API_KEY}",
        "--bearer-token-file=/var/run/token",
        "--enable-token-review=true",
        "--leader-election-id=shop.example.org",
        "--key=/certs/tls.key",
        "--sort-key=name",
        "--passthrough=true",
        "--keyring=/data",
        f"--image=registry.example.org/shop@sha256:{make.of(HEX, 64)}",
        "--config=/etc/config/config.yaml",
        "--v=2",
        "--cloud-provider=azure",
        "--default-backend-service=$(POD_NAMESPACE)/default-http-backend",
        "--secure-port=10250",
        "--webhook-secret-name=webhook-server-cert",
        "--secret-namespace=shop",
        "--cookie-secure=true",
        "--email-domain=*",
        "--upstream=http://127.0.0.1:8080/",
        "--oidc-issuer-url=https://login.example.org/",
        "--skip-provider-button",
        "--pass-access-token",
        "--pass-authorization-header",
        "--set-xauthrequest",
        "--redeem-url=https://example.org/oauth/token",
    ):
        yield Case("ordinary", "args", "", value)
    for value in (
        'PGPASSWORD="$DB_PASSWORD" psql -h pg -U app -c "select 1"',
        "PGPASSWORD=$(cat /run/secrets/db) pg_isready",
        "redis-cli -a $REDIS_PASSWORD ping",
        'redis-cli -h localhost -a "$REDIS_PASSWORD" --no-auth-warning ping',
        'mysqladmin ping -h 127.0.0.1 -u root -p"$MYSQL_ROOT_PASSWORD"',
        "curl -fsS http://localhost:8080/healthz",
        'curl -H "Authorization: Bearer $TOKEN" https://kubernetes.default.svc/api',
        "curl -u $USER:$PASS https://example.org",
        'TOKEN=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token); curl -sk -H "Authorization: Bearer ${TOKEN}" https://k/',
        "until pg_isready -h pg -p 5432; do sleep 1; done",
        "cp -r /secrets/* /etc/app/ && chmod 0400 /etc/app/token",
        "kubectl create secret generic shop --from-file=/keys",
        "openssl rand -hex 32 > /shared/token",
        "sleep 3600",
        "python -m app.tokenizer --input /data",
        "ssh-keygen -t ed25519 -f /keys/id -N ''",
        "vault login -method=kubernetes role=app",
        'az login --federated-token "$(cat $AZURE_FEDERATED_TOKEN_FILE)" --service-principal -u $AZURE_CLIENT_ID -t $AZURE_TENANT_ID',
        "docker login -u $REG_USER --password-stdin registry.example.org",
        'test -n "$API_KEY" || exit 1',
        "if [ -z \"$PASSWORD\" ]; then echo 'password: not set'; exit 1; fi",
        "helm upgrade shop ./chart --set auth.existingSecret=shop",
        'sed -i "s/__PASSWORD__/${PASSWORD}/" /etc/app.conf',
        "exec java $JAVA_OPTS -jar /app.jar --spring.config.location=/config/",
        'mc alias set s3 http://minio:9000 "$MINIO_ACCESS_KEY" "$MINIO_SECRET_KEY"',
        "nginx -g 'daemon off;'",
        "mkdir -p /var/lib/app && chown -R 1000:1000 /var/lib/app",
        "rabbitmq-diagnostics -q ping",
        "cat /proc/1/status | grep Seccomp",
    ):
        yield Case("ordinary", "command", "", value)


def _metadata(make: Maker) -> Iterator[Case]:
    for name, value in {
        "checksum/config": make.of(HEX, 64), "checksum/secret": make.of(HEX, 64), "checksum/secrets": make.of(HEX, 64),
        "prometheus.io/scrape": "true", "prometheus.io/path": "/metrics", "linkerd.io/inject": "enabled",
        "sidecar.istio.io/inject": "true", "sidecar.istio.io/status": json.dumps({"initContainers": ["istio-init"], "volumes": ["istio-token"]}),
        "istio.io/rev": "default", "proxy.istio.io/config": "holdApplicationUntilProxyStarts: true\n",
        "linkerd.io/trust-root-sha256": make.of(HEX, 64), "linkerd.io/identity-mode": "default",
        "vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "shop", "vault.hashicorp.com/agent-inject-token": "true",
        "vault.hashicorp.com/agent-inject-secret-db": "database/creds/shop", "vault.hashicorp.com/tls-secret": "vault-ca",
        "vault.hashicorp.com/agent-inject-template-db": '{{ with secret "database/creds/shop" }}password={{ .Data.password }}{{ end }}',
        "secret.reloader.stakater.com/reload": "shop-db", "reloader.stakater.com/auto": "true",
        "kubectl.kubernetes.io/restartedAt": "2026-03-01T10:00:00Z", "kubectl.kubernetes.io/default-container": "app",
        "kubernetes.io/psp": "eks.privileged", "cni.projectcalico.org/containerID": make.of(HEX, 64), "rollme": make.of(ALNUM, 5),
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "true", "container.seccomp.security.alpha.kubernetes.io/app": "runtime/default",
        "ad.datadoghq.com/app.checks": json.dumps({"redisdb": {"instances": [{"host": "%%host%%", "password": "%%env_REDIS_PASSWORD%%"}]}}),
        "azure.workload.identity/inject-proxy-sidecar": "true", "azure.workload.identity/service-account-token-expiration": "3600",
        "meta.helm.sh/release-name": "shop", "deployment.kubernetes.io/revision": "7", "scheduler.alpha.kubernetes.io/critical-pod": "",
        "kubectl.kubernetes.io/last-applied-configuration": json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "app", "image": "a:1", "env": [{"name": "DB_PASSWORD", "valueFrom":
            {"secretKeyRef": {"name": "db", "key": "password"}}}]}]}}),
        "git/commit": make.of(HEX, 40), "example.org/build": f"{make.uuid()}", "example.org/owner": "team-tokens@example.org",
        "example.org/docs": "https://wiki.example.org/passwords?page=2#token", "example.org/secret-policy": "rotate-30d",
        "k8s.v1.cni.cncf.io/networks": "macvlan-conf", "gke-gcsfuse/volumes": "true", "iam.amazonaws.com/role": "arn:aws:iam::123456789012:role/shop",
        "eks.amazonaws.com/token-expiration": "86400", "fluentbit.io/parser": "nginx", "co.elastic.logs/enabled": "true",
        "consul.hashicorp.com/connect-inject": "true", "openpolicyagent.org/policy-status": '{"status":"ok"}', "cert-hash": make.of(HEX, 64),
    }.items():  # fmt: skip
        yield Case("ordinary", "annotation", name, value)


def _headers() -> Iterator[Case]:
    for name, value in {
        "Host": "shop.example.org", "X-Custom-Header": "Awesome", "Accept": "application/json", "User-Agent": "kube-probe/1.30",
        "X-Forwarded-Proto": "https", "X-Health-Check": "true", "Content-Type": "application/json", "X-Request-Source": "kubelet",
        "X-Api-Version": "2024-01-01", "Cache-Control": "no-cache", "X-Auth-Mode": "none", "X-Token-Type": "probe", "Authorization": "",
        "X-Forwarded-For": "10.0.0.1", "Accept-Encoding": "identity", "Cookie": "",
    }.items():  # fmt: skip
        yield Case("ordinary", "header", name, value)


def _config(make: Maker) -> Iterator[Case]:
    """ConfigMap keys with a plain value."""
    for name, value in {
        "authentication": "oidc", "password-policy": "min=12,upper=1", "password.policy": "strict", "token-ttl": "3600",
        "secret-name": "shop-db", "existingSecret": "shop-db", "tokenizer": "whitespace", "key": "value", "keys": "a,b,c", "sort.key": "id",
        "public.key": make.pem("PUBLIC KEY"), "ca.crt": make.pem("CERTIFICATE"), "tls.crt": make.pem("CERTIFICATE"),
        "service-ca.crt": make.pem("CERTIFICATE") + make.pem("CERTIFICATE"), "authorized_keys": f"ssh-rsa AAAAB3NzaC1yc2E{make.of(ALNUM, 300)} a@b",
        "known_hosts": f"github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{make.of(ALNUM, 43)}", "admin.passwordMtime": "2026-01-01T00:00:00Z",
        "accounts.alice": "apiKey, login", "webhook.maxPayloadSizeMB": "50", "oidc.tls.insecure.skip.verify": "false", "clientID": make.uuid(),
        "tenant": make.uuid(), "db.host": "pg.internal", "db.user": "app", "db.url": "jdbc:postgresql://pg.internal/shop", "password_file": "/run/secrets/db",
        "logo.svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>',
        "icon": f"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{make.bytes64(200)}", "blob": make.bytes64(400), "hash": make.of(HEX, 64),
        "requirepass": "", "secret": "", "token": "${TOKEN}", "password": "{{ .Values.password }}", "client-secret": "$oidc.azure.clientSecret",
        "api-key": "<replace-me>", "connection-string": "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/db)",
        "sha256sums": f"{make.of(HEX, 64)}  app.tar.gz\n{make.of(HEX, 64)}  app.zip\n", "dhparam.pem": make.pem("DH PARAMETERS"),
    }.items():  # fmt: skip
        yield Case("ordinary", "config", name, value)


def _files(make: Maker) -> Iterator[Case]:
    for name, value in {
        "application.properties": "server.port=8080\nspring.datasource.url=jdbc:postgresql://pg:5432/shop\nspring.datasource.password=${DB_PASSWORD}\n"
            "security.password.min-length=12\nsecurity.token.ttl=3600\njwt.secret-file=/run/secrets/jwt\nserver.ssl.key-store-password=\n",
        "application.yml": "spring:\n  datasource:\n    url: jdbc:sqlserver://db:1433;database=shop;authentication=ActiveDirectoryMSI\n    password: ${DB_PASSWORD:}\n"
            "app:\n  password-policy:\n    min: 12\n  token:\n    ttl: 1h\n  secret:\n    name: shop\n",
        "nginx.conf": "events {}\nhttp {\n  log_format main '$remote_addr - $remote_user [$time_local] \"$request\"';\n  ssl_certificate_key /etc/tls/tls.key;\n"
            "  ssl_password_file /etc/tls/pass;\n  server { listen 8080; auth_basic \"Restricted\"; auth_basic_user_file /etc/nginx/.htpasswd;\n"
            "    location / { proxy_set_header Authorization $http_authorization; proxy_pass http://app:8080; } }\n}\n",
        "fluent.conf": "<source>\n  @type tail\n  path /var/log/containers/*.log\n</source>\n<match **>\n  @type elasticsearch\n  host es\n  user elastic\n"
            "  password \"#{ENV['ES_PASSWORD']}\"\n  ssl_verify false\n</match>\n",
        "fluent-bit.conf": "[INPUT]\n    Name tail\n    Token_Key token\n[OUTPUT]\n    Name es\n    HTTP_User ${ES_USER}\n    HTTP_Passwd ${ES_PASSWORD}\n",
        "Corefile": ".:53 {\n    errors\n    health { lameduck 5s }\n    kubernetes cluster.local in-addr.arpa ip6.arpa {\n      pods insecure\n      ttl 30\n    }\n"
            "    prometheus :9153\n    forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n}\n",
        "grafana.ini": "[security]\nadmin_password = $__file{/etc/secrets/admin}\nsecret_key = ${GF_SECRET}\ndisable_gravatar = true\n[auth.azuread]\n"
            "client_secret = $__env{CLIENT_SECRET}\ntoken_url = https://login.microsoftonline.com/common/oauth2/v2.0/token\n[users]\npassword_hint = at least twelve\n",
        "dashboard.json": json.dumps({"title": "Tokens", "panels": [{"type": "graph", "targets": [{"expr": "rate(tokens_total[5m])", "legendFormat": "{{token}}"}],
            "fieldConfig": {"defaults": {"unit": "short"}}}] * 40, "uid": make.of(ALNUM, 9)}),
        "prometheus.yml": "scrape_configs:\n- job_name: pods\n  bearer_token_file: /var/run/secrets/kubernetes.io/serviceaccount/token\n  basic_auth:\n    username: p\n"
            "    password_file: /etc/secrets/p\n  authorization:\n    credentials_file: /etc/secrets/t\n  kubernetes_sd_configs: [{role: pod}]\n",
        "alertmanager.yml": "global:\n  smtp_auth_password_file: /etc/secrets/smtp\nroute:\n  receiver: team\nreceivers:\n- name: team\n  slack_configs:\n  - api_url_file: /etc/s\n",
        "rules.yml": "groups:\n- name: tokens\n  rules:\n  - alert: TokenExpired\n    expr: token_expiry_seconds < 0\n    annotations:\n      summary: 'token {{ $labels.token }} expired'\n",
        "kubeconfig": f"apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {base64.b64encode(make.pem('CERTIFICATE').encode()).decode()}\n"
            "    server: https://10.0.0.1\nusers:\n- name: default\n  user:\n    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token\n",
        "external-secret.yaml": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  secretStoreRef: {name: kv, kind: SecretStore}\n  data:\n  - secretKey: password\n"
            "    remoteRef:\n      key: shop-db\n      property: password\n",
        "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: app\n        env:\n        - name: DB_PASSWORD\n"
            "          valueFrom:\n            secretKeyRef:\n              name: db\n              key: password\n",
        "openapi.json": json.dumps({"components": {"securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}, "schemas": {
            "Login": {"properties": {"password": {"type": "string", "format": "password"}, "token": {"type": "string"}}}}}}),
        "messages.properties": "login.password=Your password\nlogin.password.hint=At least 12 characters\nreset.token.expired=The link has expired\n",
        "i18n.json": json.dumps({"password": "Passwort", "forgotPassword": "Passwort vergessen?", "token": "Token"}),
        "script.sh": "#!/bin/sh\nset -eu\nPASSWORD=\"$(cat /run/secrets/db)\"\nexport TOKEN=\"${1:-}\"\nif [ -z \"$PASSWORD\" ]; then exit 1; fi\necho \"password=$PASSWORD\" > /tmp/c\n",
        "entrypoint.sh": "export PGPASSWORD=$POSTGRES_PASSWORD\npsql -v ON_ERROR_STOP=1 --username app <<EOF\nALTER USER app WITH PASSWORD '$APP_PASSWORD';\nEOF\n",
        "my.cnf": "[mysqld]\nskip-name-resolve\nvalidate_password.policy=MEDIUM\ndefault_authentication_plugin=mysql_native_password\n",
        "redis.conf": "bind 0.0.0.0\nport 6379\n# requirepass foobared\nappendonly yes\nmaxmemory-policy allkeys-lru\n",
        "postgresql.conf": "listen_addresses = '*'\npassword_encryption = scram-sha-256\nssl_key_file = '/tls/tls.key'\n",
        "pg_hba.conf": "local all all trust\nhost all all 10.0.0.0/8 scram-sha-256\nhostssl all all 0.0.0.0/0 password\n",
        "krb5.conf": "[libdefaults]\n default_realm = EXAMPLE.ORG\n ticket_lifetime = 24h\n",
        "log4j2.xml": '<Configuration><Appenders><Console name="C"><PatternLayout pattern="%d{ISO8601} %-5p [%t] %c{1} - %replace{%m}{password=\\S+}{password=***}%n"/></Console></Appenders></Configuration>',
        "logback.xml": '<configuration><encoder><pattern>%d{HH:mm:ss.SSS} [%thread] %-5level %logger - %msg%n</pattern></encoder></configuration>',
        "web.xml": "<security-constraint><auth-constraint><role-name>admin</role-name></auth-constraint></security-constraint><login-config><auth-method>FORM</auth-method></login-config>",
        "envoy.yaml": "static_resources:\n  secrets:\n  - name: server_cert\n    tls_certificate:\n      private_key: {filename: /certs/tls.key}\n  - name: token\n    generic_secret:\n      secret: {filename: /etc/t}\n",
        "traefik.yml": "entryPoints:\n  web: {address: ':80'}\ncertificatesResolvers:\n  le: {acme: {email: a@example.org, storage: /data/acme.json}}\n",
        "argocd-cm": "url: https://argocd.example.org\noidc.config: |\n  name: Azure\n  clientID: x\n  clientSecret: $oidc.azure.clientSecret\n  requestedScopes: [openid]\n",
        "policy.csv": "p, role:org-admin, applications, *, */*, allow\ng, tokens-admins, role:org-admin\n",
        "velero.yaml": "provider: azure\nconfig:\n  resourceGroup: rg\n  storageAccount: backups\n  storageAccountKeyEnvVar: AZURE_STORAGE_KEY\n",
        "loki.yaml": "auth_enabled: false\nserver: {http_listen_port: 3100}\nstorage_config:\n  azure:\n    account_name: logs\n    use_managed_identity: true\n",
        "telegraf.conf": "[[outputs.influxdb_v2]]\n  urls = [\"http://influx:8086\"]\n  token = \"$INFLUX_TOKEN\"\n  organization = \"ops\"\n",
        "otel.yaml": "exporters:\n  otlp:\n    endpoint: tempo:4317\n    headers:\n      authorization: ${env:OTLP_TOKEN}\n  basicauth:\n    client_auth: {username: x, password: ${env:P}}\n",
        "settings.py": "import os\nSECRET_KEY = os.environ['SECRET_KEY']\nAUTH_PASSWORD_VALIDATORS = []\nDATABASES = {'default': {'PASSWORD': os.getenv('DB_PASSWORD')}}\n",
        "config.js": "window.env = { apiUrl: 'https://api.example.org', tokenKey: 'shop.token', passwordMinLength: 12 };\n",
        "app.config.ts": "export default { auth: { secret: process.env.AUTH_SECRET, tokenName: 'sid' } };\n",
        "locustfile.py": "def login(c):\n    token = c.post('/login', json={'password': PASSWORD}).json()['token']\n    return token\n",
        "README.md": "# Setup\n\nSet `DB_PASSWORD` and `API_KEY` before you start. The password must have 12 characters.\nToken: see the wiki.\n",
        "schema.sql": "CREATE TABLE users (id uuid PRIMARY KEY, name text, password text NOT NULL, password_hash varchar(60), token varchar(64));\n",
        "schema.graphql": "type Mutation { login(user: String!, password: String!): Token! }\ninput Reset { token: String! password: String! }\n",
        "user.proto": 'message Login { string user = 1; string password = 2; string token = 3; }\n',
    }.items():  # fmt: skip
        yield Case("ordinary", "config", name, value)
