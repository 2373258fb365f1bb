"""Credentials that no pattern was written or changed for: written before the patterns, from the providers' pages.

Each function is about a place. Names and surroundings are those that manifests have, not those that patterns know.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from making import TOKENS, Case, Maker

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_260_401


def cases() -> list[Case]:
    """Give the whole set, the same each time."""
    make = Maker(SEED)
    return [*_tokens(make), *_azure(make), *_databases(make), *_keys(make), *_named(make), *_shell(make), *_files(make)]


def _tokens(make: Maker) -> Iterator[Case]:
    """Tokens under names that give nothing away, and in the middle of other text."""
    for form, token in TOKENS.items():
        yield Case(form, "env", "UPSTREAM", token(make))
        yield Case(form, "args", "", f"--upstream={token(make)}")
        yield Case(form, "command", "", f"exec /app/run --with {token(make)} --verbose")
        yield Case(form, "header", "X-Upstream", token(make))
        yield Case(form, "annotation", "example.org/note", f"rotated by ops, now {token(make)}")
        yield Case(form, "config", "upstream.txt", f"{token(make)}\n")
        yield Case(form, "config", "settings.json", json.dumps({"upstream": {"value": token(make), "retries": 3}}))
        yield Case(form, "config", "settings.toml", f"[upstream]\nvalue = '{token(make)}'  # temporary\n")


def _azure(make: Maker) -> Iterator[Case]:
    storage, bus, cosmos, sas = "azure-storage-key", "azure-service-bus", "azure-cosmos-key", "azure-sas"
    account = make.word()
    yield Case(
        storage,
        "env",
        "AzureWebJobsStorage",
        (
            f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={make.storage_key()};"
            "EndpointSuffix=core.windows.net"
        ),
    )
    yield Case(storage, "env", "BLOBS", f"AccountName={account};AccountKey={make.storage_key()}")
    yield Case(
        storage,
        "args",
        "",
        (
            f'--blobs="BlobEndpoint=https://{account}.blob.core.windows.net/;AccountName={account};'
            f'AccountKey={make.storage_key()}"'
        ),
    )
    yield Case(
        storage,
        "config",
        "appsettings.json",
        json.dumps(
            {
                "ConnectionStrings": {
                    "Blobs": (f"DefaultEndpointsProtocol=https;AccountKey={make.storage_key()};AccountName={account}")
                }
            }
        ),
    )
    yield Case(
        storage,
        "annotation",
        "example.org/backup",
        (f"accountname={account};accountkey={make.storage_key()};endpointsuffix=core.windows.net"),
    )
    yield Case(
        storage, "command", "", f"az storage blob list --account-name {account} --account-key {make.storage_key()}"
    )
    yield Case(
        storage,
        "config",
        "blobfuse.yaml",
        (f"azstorage:\n  type: block\n  account-name: {account}\n  account-key: {make.storage_key()}\n"),
    )
    for name, end in (("EVENTS", ";EntityPath=orders"), ("QUEUE", ""), ("BUS", ";TransportType=AmqpWebSockets")):
        text = (
            f"Endpoint=sb://{account}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;"
            f"SharedAccessKey={make.shared_access_key()}{end}"
        )
        yield Case(bus, "env", name, text)
        yield Case(bus, "config", f"{name.lower()}.properties", f"connection={text}\n")
        yield Case(bus, "args", "", f"--{name.lower()}={text}")
    yield Case(
        bus,
        "env",
        "HUB",
        (f"HostName={account}.azure-devices.net;DeviceId=pump-7;SharedAccessKey={make.shared_access_key()}"),
    )
    yield Case(
        bus,
        "config",
        "kafka.properties",
        (
            'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="$ConnectionString" '
            f'password="Endpoint=sb://{account}.servicebus.windows.net/;SharedAccessKeyName=send;'
            f'SharedAccessKey={make.shared_access_key()}";\n'
        ),
    )
    yield Case(
        cosmos,
        "env",
        "DOCUMENTS",
        (f"AccountEndpoint=https://{account}.documents.azure.com:443/;AccountKey={make.storage_key()};"),
    )
    yield Case(
        cosmos,
        "config",
        "app.yaml",
        (
            f'cosmos:\n  connection: "AccountEndpoint=https://{account}.documents.azure.com:443/;'
            f'AccountKey={make.storage_key()};Database=orders"\n'
        ),
    )
    yield Case(
        cosmos,
        "config",
        "application.yml",
        (
            f"spring.cloud.azure.cosmos:\n  endpoint: https://{account}.documents.azure.com:443/\n"
            f"  key: {make.storage_key()}\n"
        ),
    )
    blob = f"https://{account}.blob.core.windows.net/data"
    times = "se=2027-01-01T00%3A00%3A00Z&st=2026-01-01T00%3A00%3A00Z"
    yield Case(
        sas, "env", "SOURCE", f"{blob}?sv=2022-11-02&ss=b&srt=sco&sp=rl&{times}&spr=https&sig={make.sas_signature()}"
    )
    yield Case(sas, "env", "SOURCE", f"{blob}/a.csv?sp=r&{times}&sv=2022-11-02&sr=b&sig={make.sas_signature()}&x=1")
    yield Case(sas, "args", "", f"{blob}?sig={make.sas_signature()}&sv=2021-06-08&{times}&sr=c&sp=racwdl")
    yield Case(
        sas, "command", "", f"azcopy copy '{blob}?sv=2021-06-08&{times}&sr=c&sp=rl&sig={make.sas_signature()}' /data"
    )
    yield Case(sas, "config", "sources.json", json.dumps([f"{blob}?sv=2021-06-08&sr=c&sig={make.sas_signature()}"]))
    yield Case(
        sas, "annotation", "example.org/source", f"?sv=2021-06-08&sr=c&sp=r&sig={make.sas_signature(encoded=False)}"
    )
    yield Case(
        sas,
        "env",
        "NOTIFY",
        (
            f"SharedAccessSignature sr=https%3a%2f%2f{account}.servicebus.windows.net%2f&sig={make.sas_signature()}"
            f"&se=1798761600&skn=send"
        ),
    )
    yield Case(
        sas,
        "env",
        "FLOW",
        (
            f"https://prod-17.westeurope.logic.azure.com:443/workflows/{make.of('0123456789abcdef', 32)}/triggers/manual/paths/"
            f"invoke?api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={make.of(_SAFE, 43)}"
        ),
    )
    yield Case(
        "azure-redis-key",
        "env",
        "CACHE",
        (f"{account}.redis.cache.windows.net:6380,password={make.shared_access_key()},ssl=True,abortConnect=False"),
    )
    yield Case(
        "azure-redis-key",
        "config",
        "cache.conf",
        (f"endpoint = {account}.redis.cache.windows.net:6380,ssl=True,password={make.shared_access_key()}\n"),
    )


_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _databases(make: Maker) -> Iterator[Case]:
    sql, url = "sql-connection-string", "url-password"

    def secret() -> str:
        return make.plain_password()

    host = make.host("database.windows.net")
    for name, text in {
        "SHOP": f"Server=tcp:{host},1433;Initial Catalog=shop;Persist Security Info=False;User ID=app;Password={secret()};"
        "MultipleActiveResultSets=False;Encrypt=True;Connection Timeout=30;",
        "LEGACY": f"Data Source={host};Database=shop;Uid=app;Pwd={secret()}",
        "ODBC": f"Driver={{ODBC Driver 18 for SQL Server}};Server=tcp:{host},1433;Uid=app;Pwd={{{secret()}}};Encrypt=yes;",
        "LOWER": f"server={host};database=shop;user id=app;password={secret()};encrypt=true",
        "SPACED": f"Server = {host}; User Id = app; Password = {secret()}; Database = shop",
        "NPGSQL": f"Host=pg.internal;Port=5432;Database=shop;Username=app;Password={secret()};SSL Mode=Require",
        "MYSQL_NET": f"server=mysql.internal;port=3306;uid=root;pwd='{secret()}';database=shop",
        "SQLSERVER_URL": f"jdbc:sqlserver://{host}:1433;database=shop;user=app@shop;password={secret()};encrypt=true",
        "DSN": f"host=pg.internal port=5432 dbname=shop user=app password={secret()} sslmode=require",
        "DSN_QUOTED": f"host=pg.internal user=app password='{secret()}' dbname=shop",
        "PG_URL": f"jdbc:postgresql://pg.internal:5432/shop?user=app&password={secret()}&sslmode=require",
        "MYSQL_URL": f"jdbc:mysql://mysql.internal:3306/shop?useSSL=true&password={secret()}&user=app",
    }.items():
        yield Case(sql, "env", name, text)
        yield Case(sql, "args", "", f"--{name.lower().replace('_', '-')}={text}")
        yield Case(sql, "config", "appsettings.json", json.dumps({"ConnectionStrings": {name: text}}, indent=2))
        yield Case(sql, "config", "app.ini", f"[db]\nurl={text}\n")
    yield Case(sql, "env", "ORACLE", f"jdbc:oracle:thin:shop/{secret()}@//ora.internal:1521/XE")
    yield Case(sql, "env", "GO_MYSQL", f"app:{secret()}@tcp(mysql.internal:3306)/shop?parseTime=true")
    for name, text in {
        "PG": f"postgresql://app:{secret()}@pg.internal:5432/shop",
        "PG_SHORT": f"postgres://app:{secret()}@pg/shop?sslmode=disable",
        "MONGO": f"mongodb+srv://app:{secret()}@{make.word()}.mongodb.net/?retryWrites=true&w=majority",
        "COSMOS_MONGO": f"mongodb://{make.word()}:{make.storage_key().replace('/', '%2F').replace('=', '%3D')}"
        f"@{make.word()}.mongo.cosmos.azure.com:10255/?ssl=true",
        "RABBIT": f"amqp://guest:{secret()}@rabbit.messaging:5672/%2F",
        "REDIS": f"redis://:{secret()}@redis-master:6379/0",
        "REDIS_TLS": f"rediss://default:{secret()}@redis.internal:6380",
        "PROXY": f"http://proxyuser:{secret()}@proxy.internal:3128",
        "GIT": f"https://bot:{secret()}@git.example.org/team/app.git",
        "SQLALCHEMY": f"mysql+pymysql://root:{secret()}@mysql/shop",
        "SMTP": f"smtps://mailer%40example.org:{secret()}@smtp.example.org:465",
        "ES": f"https://elastic:{secret()}@elasticsearch-es-http:9200",
        "FTP": f"ftp://feeds:{secret()}@ftp.example.org/in",
        "NATS": f"nats://svc:{secret()}@nats:4222",
    }.items():
        yield Case(url, "env", name, text)
        yield Case(url, "command", "", f"wait-for {text} && exec app")
        yield Case(url, "annotation", "example.org/upstream", text)
        yield Case(url, "config", "app.yaml", f"app:\n  upstream: {text}\n  retries: 3\n")
        yield Case(url, "config", "env.list", f"A=1\n{name}={text}\n")


def _keys(make: Maker) -> Iterator[Case]:
    for kind in ("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        key, encoded = make.pem(kind), base64.b64encode(make.pem(kind).encode()).decode()
        yield Case("private-key", "env", "SIGNER", key)
        yield Case("private-key", "env", "SIGNER_LINE", key.replace("\n", "\\n"))
        yield Case("private-key", "config", "server.pem", make.pem("CERTIFICATE") + key)
        yield Case("private-key", "config", "settings.json", json.dumps({"signer": key}))
        yield Case("private-key", "args", "", f"--signer={key}")
        yield Case("private-key-base64", "env", "SIGNER_B64", encoded)
        yield Case(
            "private-key-base64",
            "config",
            "kubeconfig",
            (f"apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    client-key-data: {encoded}\n"),
        )
    yield Case("google-service-account", "env", "GCP", make.service_account(indent=None))
    yield Case("google-service-account", "config", "sa.json", make.service_account())
    yield Case("google-service-account", "config", "key", make.service_account(indent=4))
    for name in ("AWS_SECRET_ACCESS_KEY", "S3_SECRET_KEY", "MINIO_SECRET_ACCESS_KEY"):
        yield Case("aws-secret-key", "env", name, make.aws_secret())
    yield Case(
        "aws-secret-key",
        "config",
        "credentials",
        (f"[default]\naws_access_key_id = {make.aws_id()}\naws_secret_access_key = {make.aws_secret()}\n"),
    )
    yield Case(
        "aws-secret-key",
        "config",
        "loki.yaml",
        (f"storage_config:\n  aws:\n    s3forcepathstyle: true\n    secret_access_key: {make.aws_secret()}\n"),
    )
    yield Case("aws-secret-key", "command", "", f"AWS_SECRET_ACCESS_KEY={make.aws_secret()} aws s3 ls")


def _named(make: Maker) -> Iterator[Case]:
    """What only its name tells."""
    for name in (
        "DB_PASSWORD", "PGPASSWORD", "MYSQL_ROOT_PASSWORD", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "SMTP_PASS",
        "GF_SECURITY_ADMIN_PASSWORD", "KEYCLOAK_ADMIN_PASSWORD", "RABBITMQ_DEFAULT_PASS", "DbPassword", "adminPasswd",
        "JWT_SECRET", "CLIENT_SECRET", "OAUTH2_PROXY_CLIENT_SECRET", "OAUTH2_PROXY_COOKIE_SECRET", "SESSION_SECRET",
        "API_KEY", "APIKEY", "DD_API_KEY", "STRIPE_APIKEY", "ENCRYPTION_KEY", "SECRET_KEY", "DJANGO_SECRET_KEY",
        "SECRET_KEY_BASE", "AUTH_TOKEN", "GITHUB_TOKEN", "SLACK_BOT_TOKEN", "ACCESS_TOKEN", "BOT_TOKEN", "KEY_PASSPHRASE",
        "STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "ConnectionStrings__Default", "TLS_KEYSTORE_PASSWORD", "SERVICEBUS_SAS",
        "SSO_CLIENTSECRET", "SPRING_DATASOURCE_PASSWORD", "spring.datasource.password", "MONGO_INITDB_ROOT_PASSWORD",
        "MASTER_KEY", "SIGNING_KEY", "HMAC_SECRET", "WEBHOOK_SECRET", "LDAP_BIND_PW", "VAULT_TOKEN", "CONSUL_HTTP_TOKEN",
        "USER_CREDENTIALS", "REDISCLI_AUTH", "PRIVATE_KEY", "NEW_RELIC_LICENSE_KEY", "PASSWORD_1", "DB_PWD",
    ):  # fmt: skip
        yield Case("named", "env", name, make.password())
    for name in (
        "password",
        "db-password",
        "DB_PASSWORD",
        "secret",
        "client_secret",
        "api-key",
        "token",
        "admin.password",
        "jwt-secret",
        "redis_password",
        "connection-string",
        "private.key",
        "encryptionKey",
        "smtp_pass",
    ):
        yield Case("named", "config", name, make.password())
    for name in (
        "example.org/api-key",
        "example.org/password",
        "deploy.example.org/token",
        "example.org/client-secret",
        "hooks.example.org/webhook-secret",
        "auth-token",
        "example.org/accessKey",
    ):
        yield Case("named", "annotation", name, make.password())
    for name in (
        "X-Api-Key",
        "X-Auth-Token",
        "Api-Token",
        "x-functions-key",
        "Ocp-Apim-Subscription-Key",
        "X-Vault-Token",
        "Private-Token",
        "X-Secret",
    ):
        yield Case("named", "header", name, make.plain_password())
    yield Case("http-authorization", "header", "Authorization", f"Basic {make.basic()}")
    yield Case("http-authorization", "header", "authorization", f"Bearer {make.of(_SAFE, 40)}")
    yield Case("http-authorization", "header", "Proxy-Authorization", f"Basic {make.basic()}")
    yield Case("http-authorization", "header", "Authorization", f"Token {make.of('0123456789abcdef', 40)}")
    yield Case("http-authorization", "header", "Cookie", f"session={make.of(_SAFE, 40)}")


def _shell(make: Maker) -> Iterator[Case]:
    """Flags, assignments and options in args and command."""
    secret = make.plain_password
    for flag in (
        "password",
        "db-password",
        "admin-password",
        "client-secret",
        "token",
        "api-key",
        "auth-token",
        "dbPassword",
        "oidc-client-secret",
        "requirepass",
        "secret-key",
        "cookie-secret",
        "rpc-secret",
        "passwd",
        "access-key",
    ):
        yield Case("named-argument", "args", "", f"--{flag}={secret()}")
        yield Case("named-argument", "command", "", f"/bin/app --listen :80 --{flag} {secret()} --verbose")
        yield Case("named-argument", "args", "", f'--{flag}="{secret()}"')
    for text in (
        f"PGPASSWORD={secret()} psql -h pg -U app -c 'select 1'",
        f"export DB_PASSWORD={secret()}; exec app",
        f"export TOKEN='{secret()}' && exec app",
        f"MYSQL_PWD={secret()} mysqldump shop > /backup/shop.sql",
        f"mysql -h mysql -u root -p{secret()} shop",
        f"mysqladmin ping -u root --password={secret()}",
        f"redis-cli -a {secret()} ping",
        f"redis-server --requirepass {secret()} --appendonly yes",
        f"sshpass -p {secret()} ssh ops@bastion",
        f"curl -fsS -u admin:{secret()} http://localhost:8080/health",
        f"curl --user admin:{secret()} https://example.org",
        f"curl -uadmin:{secret()} https://example.org",
        f"curl -H 'Authorization: Bearer {make.of(_SAFE, 48)}' https://example.org",
        f'curl -H "X-Api-Key: {secret()}" https://example.org',
        f"curl 'https://example.org/hook?token={secret()}'",
        f"wget --http-user=admin --http-password={secret()} https://example.org",
        f"docker login -u ci -p {secret()} registry.example.org",
        f"az login --service-principal -u {make.uuid()} -p {secret()} --tenant {make.uuid()}",
        f"java -Dspring.datasource.password={secret()} -jar /app.jar",
        f"java -Djavax.net.ssl.keyStorePassword={secret()} -jar /app.jar",
        f"openssl pkcs12 -in a.pfx -out a.pem -passin pass:{secret()}",
        f"mc alias set s3 http://minio:9000 admin {secret()}",
        f"echo '{secret()}' | kinit app@EXAMPLE.ORG",
        f"set -e\nSECRET_KEY={secret()}\n./run\n",
        f'PASSWORD="{secret()}" ./run',
    ):
        yield Case("shell", "command", "", text)


def _files(make: Maker) -> Iterator[Case]:
    """Lines of whole configuration files."""
    secret = make.plain_password
    for name, text in {
        "application.properties": f"server.port=8080\nspring.datasource.username=app\nspring.datasource.password={secret()}\n",
        "application.yml": f"spring:\n  datasource:\n    username: app\n    password: {secret()}\n",
        "quoted.yml": f'db:\n  user: app\n  password: "{secret()}"\n',
        "single.yaml": f"smtp:\n  auth_password: '{secret()}'\n",
        "config.json": json.dumps({"db": {"user": "app", "password": secret()}}),
        "pretty.json": json.dumps({"auth": {"clientId": "app", "clientSecret": secret()}}, indent=2),
        "config.toml": f'[database]\nuser = "app"\npassword = "{secret()}"\n',
        "grafana.ini": f"[security]\nadmin_user = admin\nadmin_password = {secret()}\nsecret_key = {make.of(_SAFE, 20)}\n",
        "my.cnf": f"[client]\nuser=root\npassword={secret()}\n",
        "redis.conf": f"port 6379\nrequirepass {secret()}\nappendonly yes\n",
        ".env": f"APP_ENV=production\nAPP_KEY=base64:{make.shared_access_key()}\nDB_PASSWORD={secret()}\n",
        "web.config": f'<configuration><appSettings><add key="ApiKey" value="{secret()}"/></appSettings></configuration>',
        "settings.xml": f"<server><id>nexus</id><username>ci</username><password>{secret()}</password></server>",
        "tomcat-users.xml": f'<tomcat-users><user username="admin" password="{secret()}" roles="manager-gui"/></tomcat-users>',
        ".npmrc": f"//registry.example.org/:_authToken={make.uuid()}\n",
        ".netrc": f"machine git.example.org login bot password {secret()}\n",
        ".pgpass": f"pg.internal:5432:shop:app:{secret()}\n",
        ".dockerconfigjson": json.dumps({"auths": {"registry.example.org": {"auth": make.basic()}}}),
        "pip.conf": f"[global]\nindex-url = https://ci:{secret()}@pypi.example.org/simple\n",
        "settings.py": f"DEBUG = False\nSECRET_KEY = '{make.of(_SAFE, 50)}'\n",
        "init.sql": f"CREATE USER app WITH PASSWORD '{secret()}';\n",
        "init-mysql.sql": f"CREATE USER 'app'@'%' IDENTIFIED BY '{secret()}';\n",
        "odbc.ini": f"[shop]\nDriver=FreeTDS\nUID=app\nPWD={secret()}\n",
        "alertmanager.yml": f"global:\n  smtp_auth_username: a@example.org\n  smtp_auth_password: {secret()}\n",
        "prometheus.yml": f"scrape_configs:\n- job_name: x\n  basic_auth:\n    username: p\n    password: {secret()}\n",
        "bearer.yml": f"scrape_configs:\n- job_name: x\n  bearer_token: {make.of(_SAFE, 40)}\n",
        "fluent-bit.conf": f"[OUTPUT]\n    Name es\n    HTTP_User elastic\n    HTTP_Passwd {secret()}\n",
        "logstash.conf": f'output {{ elasticsearch {{ user => "elastic" password => "{secret()}" }} }}\n',
        "filebeat.yml": f"output.elasticsearch:\n  username: elastic\n  password: {secret()}\n",
        "rabbitmq.conf": f"default_user = app\ndefault_pass = {secret()}\n",
        "vault.hcl": f'seal "azurekeyvault" {{\n  client_secret = "{make.client_secret()}"\n}}\n',
        "kubeconfig": f"users:\n- name: ci\n  user:\n    token: {make.jwt('RS256')}\n",
        "haproxy.cfg": f"userlist ops\n  user admin insecure-password {secret()}\n",
        "script.sh": f"#!/bin/sh\nset -e\nexport API_TOKEN={secret()}\nexec app\n",
        "upstream.conf": f'proxy_set_header Authorization "Basic {make.basic()}";\n',
        "bearer.conf": f'proxy_set_header Authorization "Bearer {make.of(_SAFE, 40)}";\n',
        "secret.tf": f'variable "db" {{\n  default = {{ db_password = "{secret()}" }}\n}}\n',
        "config.php": f"<?php define('DB_PASSWORD', '{secret()}');\n",
    }.items():
        yield Case("config-file", "config", name, text)
