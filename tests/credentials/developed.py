"""Credentials that the patterns were developed on: each form in many places and shapes."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from making import ALNUM, HEX, TOKENS, URL_SAFE, Case, Maker

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20_260_301


def cases() -> list[Case]:
    """Give the whole set, the same each time."""
    make = Maker(SEED)
    return [
        *_tokens(make), *_azure(make), *_databases(make), *_urls(make), *_keys(make), *_named(make), *_flags(make),
        *_shell(make), *_files(make),
    ]  # fmt: skip


def _tokens(make: Maker) -> Iterator[Case]:
    for form, token in TOKENS.items():
        yield Case(form, "env", "VALUE", token(make))
        yield Case(form, "env", "OPTIONS", f"mode=fast,{token(make)},retries=3")
        yield Case(form, "args", "", token(make))
        yield Case(form, "command", "", f"set -e; ./deploy '{token(make)}'; exit 0")
        yield Case(form, "header", "X-Probe", token(make))
        yield Case(form, "annotation", "example.com/ref", token(make))
        yield Case(form, "config", "data", token(make))
        yield Case(form, "config", "list.yaml", f'items:\n  - {token(make)}\n  - "{token(make)}"\n')
        yield Case(form, "config", "a.env", f"A=1\nREF={token(make)}\nB=2\n")


def _azure(make: Maker) -> Iterator[Case]:
    account = make.word()
    storage = [
        f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={make.storage_key()};EndpointSuffix=core.windows.net",
        f"AccountKey={make.storage_key()};AccountName={account};DefaultEndpointsProtocol=https",
        f"BlobEndpoint=https://{account}.blob.core.windows.net;AccountName={account};AccountKey={make.storage_key()};",
        f"DefaultEndpointsProtocol=https; AccountName={account}; AccountKey={make.storage_key()}",
    ]
    bus = [
        f"Endpoint=sb://{account}.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={make.shared_access_key()}",
        f"SharedAccessKeyName=listen;SharedAccessKey={make.shared_access_key()};Endpoint=sb://{account}.servicebus.windows.net/",
        f"Endpoint=sb://{account}.servicebus.windows.net;SharedAccessKeyName=a;SharedAccessKey={make.shared_access_key()};EntityPath=e",
        f"HostName={account}.azure-devices.net;SharedAccessKeyName=owner;SharedAccessKey={make.shared_access_key()}",
    ]
    cosmos = [
        f"AccountEndpoint=https://{account}.documents.azure.com:443/;AccountKey={make.storage_key()};",
        f"AccountKey={make.storage_key()};AccountEndpoint=https://{account}.documents.azure.com:443/",
    ]
    blob = f"https://{account}.blob.core.windows.net/files"
    sas = [
        f"{blob}?sv=2023-01-03&st=2026-01-01&se=2027-01-01&sr=c&sp=rl&sig={make.sas_signature()}",
        f"{blob}?sig={make.sas_signature()}&sp=r&sv=2020-08-04&sr=b",
        f"BlobEndpoint={blob};SharedAccessSignature=sv=2021-06-08&ss=b&sp=rwd&sig={make.sas_signature()}",
        f"SharedAccessSignature sr=sb%3a%2f%2f{account}&sig={make.sas_signature()}&se=1798761600&skn=Root",
    ]
    redis = [
        f"{account}.redis.cache.windows.net:6380,password={make.shared_access_key()},ssl=True,abortConnect=False",
        f"{account}.redis.cache.windows.net:6380,abortConnect=false,ssl=true,password={make.shared_access_key()}",
    ]
    for form, texts in {
        "azure-storage-key": storage, "azure-service-bus": bus, "azure-cosmos-key": cosmos, "azure-sas": sas,
        "azure-redis-key": redis,
    }.items():  # fmt: skip
        for text in texts:
            yield Case(form, "env", "LINK", text)
            yield Case(form, "args", "", f"--link={text}")
            yield Case(form, "command", "", f"./sync '{text}' /data")
            yield Case(form, "annotation", "example.com/link", text)
            yield Case(form, "config", "link", text)
            yield Case(form, "config", "app.json", json.dumps({"link": text}))
            yield Case(form, "config", "app.yaml", f"link: {text}\nmode: fast\n")
    yield Case("azure-storage-key", "command", "", f"az storage share list --account-key {make.storage_key()}")
    yield Case("azure-storage-key", "config", "csi.yaml", f"azurestorageaccountkey: {make.storage_key()}\n")
    yield Case("azure-cosmos-key", "config", "c.properties", f"azure.cosmos.key={make.storage_key()}\n")


def _databases(make: Maker) -> Iterator[Case]:
    secret = make.plain_password
    host = make.host("internal")
    for text in (
        f"Server=tcp:{host},1433;Database=main;User ID=svc;Password={secret()};Encrypt=True;",
        f"Data Source={host};Initial Catalog=main;User Id=svc;Pwd={secret()};",
        f"Driver={{PostgreSQL Unicode}};Server={host};Port=5432;Uid=svc;Pwd={secret()};",
        f"Server={host};Port=3306;Database=main;Uid=svc;PASSWORD={secret()}",
        f"Host={host};Username=svc;Password={secret()};Database=main",
        f"user id=svc;password={secret()};data source={host}",
        f"Password={secret()};User ID=svc;Server={host}",
        f"jdbc:sqlserver://{host};databaseName=main;user=svc;password={secret()}",
        f"jdbc:mysql://{host}/main?user=svc&password={secret()}",
        f"jdbc:postgresql://{host}/main?password={secret()}&user=svc&ssl=true",
        f"jdbc:oracle:thin:svc/{secret()}@{host}:1521:main",
        f"host={host} dbname=main user=svc password={secret()}",
        f"password={secret()} user=svc host={host}",
        f"svc:{secret()}@tcp({host}:3306)/main",
        f"{host}:6379,password={secret()},defaultDatabase=1",
    ):
        yield Case("sql-connection-string", "env", "STORE", text)
        yield Case("sql-connection-string", "args", "", f"--store={text}")
        yield Case("sql-connection-string", "annotation", "example.com/store", text)
        yield Case("sql-connection-string", "config", "store", text)
        yield Case("sql-connection-string", "config", "app.json", json.dumps({"store": text}))
        yield Case("sql-connection-string", "config", "app.properties", f"a=1\nstore={text}\n")


def _urls(make: Maker) -> Iterator[Case]:
    secret = make.plain_password
    for text in (
        f"postgres://svc:{secret()}@db/main", f"postgresql://svc:{secret()}@db:5432/main?sslmode=require",
        f"mysql://root:{secret()}@db:3306", f"mongodb://svc:{secret()}@m-0.m:27017,m-1.m:27017/main?replicaSet=rs0",
        f"redis://:{secret()}@cache:6379", f"redis://svc:{secret()}@cache:6379/1", f"amqps://svc:{secret()}@mq:5671/v",
        f"http://svc:{secret()}@proxy:8080", f"https://svc:{secret()}%21@git.example.com/a.git", f"ldap://cn=a:{secret()}@ldap:389",
        f"postgresql+asyncpg://svc:{secret()}@db/main", f"kafka://svc:{secret()}@kafka:9092", f"sftp://svc:{secret()}@files/in",
    ):  # fmt: skip
        yield Case("url-password", "env", "PEER", text)
        yield Case("url-password", "args", "", f"--peer={text}")
        yield Case("url-password", "command", "", f"git clone {text} /src && make")
        yield Case("url-password", "annotation", "example.com/peer", text)
        yield Case("url-password", "config", "peer", text)
        yield Case("url-password", "config", "a.json", json.dumps({"peer": {"url": text}}))


def _keys(make: Maker) -> Iterator[Case]:
    for kind in (
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ):
        key = make.pem(kind)
        yield Case("private-key", "env", "PAIR", key)
        yield Case("private-key", "env", "PAIR", key.replace("\n", "\\n"))
        yield Case("private-key", "annotation", "example.com/pair", key)
        yield Case("private-key", "command", "", f"cat > /k <<EOF\n{key}EOF\n")
        yield Case("private-key", "config", "pair", key)
        yield Case(
            "private-key", "config", "pair.yaml", "pair: |\n" + "".join(f"  {line}\n" for line in key.splitlines())
        )
    for kind in ("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        encoded = base64.b64encode(make.pem(kind).encode()).decode()
        yield Case("private-key-base64", "env", "PAIR", encoded)
        yield Case("private-key-base64", "args", "", f"--pair={encoded}")
        yield Case("private-key-base64", "config", "kubeconfig", f"users:\n- user:\n    client-key-data: {encoded}\n")
    yield Case("google-service-account", "env", "ROBOT", make.service_account(indent=None))
    yield Case("google-service-account", "config", "robot.json", make.service_account())
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"):
        yield Case("aws-secret-key", "env", name, make.aws_secret())
        yield Case("aws-secret-key", "command", "", f"export {name}={make.aws_secret()}; aws s3 sync /a s3://b")
        yield Case("aws-secret-key", "config", "aws.env", f"{name}={make.aws_secret()}\n")
    yield Case("aws-secret-key", "config", "config", f"[x]\naws_secret_access_key={make.aws_secret()}\nregion=a\n")


def _named(make: Maker) -> Iterator[Case]:
    for name in (
        "PASSWORD", "APP_PASSWORD", "MYSQL_PASSWORD", "POSTGRESQL_PASSWORD", "MARIADB_ROOT_PASSWORD", "MQTT_PASSWD", "DB_PASS",
        "SASL_PASSPHRASE", "app.db.password", "dbPwd", "USER_PWD", "APP_SECRET", "COOKIE_SECRET", "AUTH_SECRET", "APP_CLIENT_SECRET",
        "clientSecret", "NEXTAUTH_SECRET", "JWT_SECRET_KEY", "TOKEN", "GH_TOKEN", "API_TOKEN", "INFLUX_TOKEN", "REFRESH_TOKEN",
        "SENTRY_AUTH_TOKEN", "GOOGLE_API_KEY", "MAPS_APIKEY", "ACCESS_KEY", "SECRET_ACCESS_KEY", "ACCOUNT_KEY", "APP_ENCRYPTION_KEY",
        "FERNET_KEY", "JWT_SIGNING_KEY", "SUBSCRIPTION_KEY", "DATADOG_APP_KEY", "LICENSE_KEY", "DB_CREDENTIALS", "SAS_TOKEN",
        "STORAGE_CONNECTION_STRING", "ConnectionStrings__Main", "REDIS_AUTH", "PASSWORD2", "ADMIN_PASSWORD_B64", "BIND_PASSWORD",
        "ELASTIC_PASSWORD", "MINIO_ROOT_PASSWORD", "MINIO_SECRET_KEY", "GRAFANA_PASSWORD", "ROOT_PW",
    ):  # fmt: skip
        yield Case("named", "env", name, make.password())
    for name in ("password", "mysql-root-password", "root_password", "api_key", "apiToken", "client.secret", "app.secret",
                 "access-token", "encryption_key", "db.pwd", "admin-pass", "secretKey", "connectionString"):  # fmt: skip
        yield Case("named", "config", name, make.password())
    for name in (
        "example.com/password",
        "example.com/api-token",
        "db.example.com/client_secret",
        "example.com/access-key",
        "apiKey",
    ):
        yield Case("named", "annotation", name, make.password())
    for name in (
        "X-API-KEY",
        "X-Auth-Token",
        "X-Access-Token",
        "Apikey",
        "X-Api-Secret",
        "X-Subscription-Key",
        "X-Shared-Secret",
    ):
        yield Case("named", "header", name, make.plain_password())
    for text in (
        f"Basic {make.basic()}",
        f"Bearer {make.of(URL_SAFE, 32)}",
        f"ApiKey {make.of(URL_SAFE, 32)}",
        make.of(HEX, 40),
    ):
        yield Case("http-authorization", "header", "Authorization", text)
        yield Case("http-authorization", "header", "PROXY-AUTHORIZATION", text)


def _flags(make: Maker) -> Iterator[Case]:
    secret = make.plain_password
    for flag in ("password", "root-password", "admin.password", "client-secret", "jwt-secret", "token", "access-token", "api-key", "apikey",
                 "secret-access-key", "encryption-key", "passphrase", "db-pass", "redis_password", "adminPassword", "pwd"):  # fmt: skip
        yield Case("named-argument", "args", "", f"--{flag}={secret()}")
        yield Case("named-argument", "args", "", f"-{flag}={secret()}")
        yield Case("named-argument", "args", "", f"--{flag}='{secret()}'")
        yield Case("named-argument", "command", "", f"serve --port 80 --{flag}={secret()} --debug")
        yield Case("named-argument", "command", "", f"serve --{flag} {secret()}")


def _shell(make: Maker) -> Iterator[Case]:
    secret = make.plain_password
    for text in (
        f"PGPASSWORD={secret()} pg_dump main > /b", f"export APP_SECRET={secret()}\nexec serve", f"API_TOKEN='{secret()}' ./a",
        f'DB_PASSWORD="{secret()}"; ./a', f"env REDIS_PASSWORD={secret()} ./a", f"mysql -uroot -p{secret()} -e 'select 1'",
        f"mysqldump --user=root --password={secret()} main", f"redis-cli -h cache -a {secret()} ping", f"redis-cli -a '{secret()}' ping",
        f"curl -u svc:{secret()} http://a/", f"curl -s --user svc:{secret()} http://a/", f"curl -sfu svc:{secret()} http://a/",
        f"curl -H 'Authorization: Basic {make.basic()}' http://a/", f'curl -H "Authorization: Bearer {make.of(ALNUM, 32)}" http://a/',
        f"curl -H 'X-Api-Key: {secret()}' http://a/", f"curl 'http://a/?api_key={secret()}&b=1'", f"sshpass -p {secret()} scp a b:",
        f"docker login -u svc -p {secret()} r", f"docker login --username svc --password {secret()} r",
        f"java -Dapp.db.password={secret()} -jar a.jar", f"-Dspring.rabbitmq.password={secret()}", f"serve --requirepass {secret()}",
        f"mongosh -u root -p {secret()} --eval 'db.adminCommand(\"ping\")'", f"rabbitmqctl change_password svc {secret()}",
        f"openssl rsa -in k -passin pass:{secret()}", f"echo -n 'password={secret()}' > /etc/a.conf",
    ):  # fmt: skip
        yield Case("shell", "command", "", text)


def _files(make: Maker) -> Iterator[Case]:
    secret = make.plain_password
    for text in (
        f"db.url=jdbc:h2:mem\ndb.password={secret()}\n", f"db.password = {secret()}\n", f"db.password: {secret()}\n",
        f"server:\n  admin:\n    password: {secret()}\n", f"auth:\n  clientSecret: '{secret()}'\n", f'token: "{secret()}"\n',
        f"- name: a\n  api_key: {secret()}\n", json.dumps({"password": secret()}), json.dumps({"a": {"apiKey": secret(), "b": 1}}, indent=4),
        f'[db]\npassword = "{secret()}"\n', f"[client]\npassword='{secret()}'\n", f"DB_PASSWORD={secret()}\nDB_HOST=a\n",
        f"export SECRET_KEY={secret()}\n", f"requirepass {secret()}\n", f"masterauth {secret()}\n", f"<password>{secret()}</password>\n",
        f'<bean><property name="password" value="{secret()}"/></bean>', f'<user name="a" password="{secret()}"/>',
        f"ALTER USER a WITH PASSWORD '{secret()}';\n", f"CREATE USER 'a'@'%' IDENTIFIED BY '{secret()}';\n",
        f"    HTTP_Passwd    {secret()}\n", f"machine a login b password {secret()}\n", f"//r.example.com/:_authToken={make.uuid()}\n",
        json.dumps({"auths": {"r.example.com": {"username": "a", "password": secret(), "auth": make.basic()}}}),
        json.dumps({"auths": {"r.example.com": {"auth": make.basic()}}}), f"authorization: Bearer {make.of(ALNUM, 40)}\n",
        f'proxy_set_header Authorization "Basic {make.basic()}";\n', f"  bind_password: {secret()}\n", f"client_secret = {secret()}\n",
        f"users.a.pass={secret()}\n", f"SECRET_KEY = \"{make.of(URL_SAFE, 50)}\"\n", f"$config['password'] = '{secret()}';\n",
        f"define('AUTH_KEY', '{make.of(ALNUM, 64)}');\n", f"security_token => '{secret()}'\n", f"smtp_auth_password: {secret()}\n",
        f"  sasl.jaas.config: org.apache.kafka.common.security.scram.ScramLoginModule required username=\"a\" password=\"{secret()}\";\n",
    ):  # fmt: skip
        yield Case("config-file", "config", "file", text)
