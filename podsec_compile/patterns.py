"""What credentials look like: by their form, and by the name that they stand under; RE2, a source each.

A form's needles are texts of which every match holds one. Looking for a text costs an engine less than a pattern
does, and the API server counts (length of the text x length of the pattern / 40, up to a million an expression): so
patterns are short, start with a literal where the format does, and fold case only where the format is loose.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A form of credential: the pattern that finds it in a text, and the page that documents its format."""

    id: str
    title: str
    pattern: str
    needles: tuple[str, ...]
    source: str


# A value that is written out: no reference ($, {, <), mask (*) or path (/), and longer than true, false and null.
_WRITTEN = (
    r"""(?:(?:[a-z0-9][\w!@#%^*+/?~-]{5,}=*|admin|guest|root)(?:["'\s;,&<>}\\)]|$)|"""
    r"""["'][^\s"'$<>{%/(\\][^\s"'$<>{}(\\]{5,}\\?["'])"""
)
_SECRETS = (
    r"(?:passw(?:or)?d|passphrase|pwd|[._-]pass|token|(?:api|access)[._-]?key|(?:secret|account|encryption|signing|"
    r"master|private|auth)[._-]key|(?:client|app|jwt|session|cookie|shared|rpc|webhook)[._-]?secret)"
)
_MICROSOFT = "learn.microsoft.com/purview"

TOKENS = (
    Form("azure-account-key", "Azure Storage or Cosmos DB account key", r"""(?i)key["']?[=: ]+["']?[a-z0-9+/]{86}==""",
         ("==",), f"{_MICROSOFT}/sit-defn-azure-storage-account-key"),
    Form("azure-shared-access-key", "Service Bus, Event Hubs or IoT Hub key", r"AccessKey=[A-Za-z0-9+/]{43}=",
         ("AccessKey=",), f"{_MICROSOFT}/sit-defn-azure-service-bus-connection-string"),
    Form("azure-sas", "shared access signature", r"\bsig=[\w%+/-]{43}", ("sig=",), f"{_MICROSOFT}/sit-defn-azure-sas"),
    Form("azure-client-secret", "Microsoft Entra client secret", r"[\w.~-]{3}[78]Q~[\w.~-]{31}", ("7Q~", "8Q~"),
         f"{_MICROSOFT}/sit-defn-azure-ad-client-secret"),
    Form("azure-devops-token", "Azure DevOps personal access token", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}", ("AZDO",),
         "learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"),
    Form("azure-registry-token", "Azure Container Registry token", r"[A-Za-z0-9+/]{42}\+ACR[A-D]\w{5}\b", ("+ACR",),
         f"{_MICROSOFT}/sit-defn-azure-container-registry-access-key"),
    Form("aws-access-key", "AWS access key id", r"\bA(KI|SI)A[A-Z2-7]{16}\b", ("AKIA", "ASIA"),
         "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"),
    Form("google-api-key", "Google API key", r"\bAIza[\w-]{35}", ("AIza",),
         "cloud.google.com/docs/authentication/api-keys"),
    Form("jwt", "JSON web token", r"\beyJ[\w-]{9,}\.eyJ[\w-]{9,}\.[\w-]{20}", (".eyJ",), "RFC 7519"),
    Form("private-key", "private key in PEM", r"-----BEGIN [A-Z ]*PRIVATE KEY", ("PRIVATE KEY",),
         "RFC 7468; also the private_key of a Google service account, cloud.google.com/iam/docs/keys-create-delete"),
    Form("private-key-base64", "private key in PEM, again in base64",
         r"LS0tLS1CRUdJTi(BQUk|B[SE]U0EgUFJ|BFQyBQU|BPUEVO|BFTkNS)",
         ("LS0tLS1CRUdJTi",), "RFC 7468; client-key-data, kubernetes.io/docs/reference/config-api/kubeconfig.v1"),
    Form("github-token", "GitHub token", r"\b(gh[oprsu]_|github_pat_)\w{36}",
         ("ghp_", "gho_", "ghr_", "ghs_", "ghu_", "github_pat_"),
         "docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"),
    Form("gitlab-token", "GitLab token", r"\bgl(pat|[dfr]t|ptt)-[\w-]{20}",
         ("glpat-", "gldt-", "glrt-", "glptt-", "glft-"), "docs.gitlab.com/security/tokens"),
    Form("npm-token", "npm token", r"\bnpm_[A-Za-z0-9]{36}", ("npm_",), "docs.npmjs.com/about-access-tokens"),
    Form("pypi-token", "PyPI token", r"pypi-AgE[\w-]{50}", ("pypi-AgE",), "pypi.org/help/#apitoken"),
    Form("slack-token", "Slack token", r"\bx(ox[a-z]|app)-\d[\w-]{20}", ("xox", "xapp-"),
         "docs.slack.dev/authentication/tokens"),
    Form("slack-webhook", "Slack webhook", r"hooks\.slack\.com/\w+/T\w+/\w+/\w{16}", ("hooks.slack.com",),
         "docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"),
    Form("stripe-key", "Stripe key", r"\b[rs]k_(live|test)_\w{16}", ("k_live_", "k_test_"), "docs.stripe.com/keys"),
    Form("sendgrid-key", "SendGrid key", r"\bSG\.[\w-]{22}\.[\w-]{43}", ("SG.",),
         "www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"),
    Form("docker-hub-token", "Docker Hub token", r"\bdckr_[op]at_[\w-]{20}", ("dckr_",),
         "docs.docker.com/security/access-tokens"),
    Form("vault-token", "HashiCorp Vault token", r"\bhv[brs]\.[\w-]{24}", ("hvb.", "hvr.", "hvs."),
         "developer.hashicorp.com/vault/docs/concepts/tokens"),
    Form("openai-key", "OpenAI key", r"\bsk-[\w-]{20,}T3BlbkFJ", ("T3BlbkFJ",),
         "platform.openai.com/docs/api-reference/authentication"),
    Form("anthropic-key", "Anthropic key", r"\bsk-ant-[\w-]{20}", ("sk-ant-",), "docs.anthropic.com/en/api/overview"),
    Form("hugging-face-token", "Hugging Face token", r"\bhf_[A-Za-z]{34}", ("hf_",),
         "huggingface.co/docs/hub/security-tokens"),
    Form("registry-login", "login of a registry in a Docker configuration", r'"auth"\s*:\s*"[A-Za-z0-9+/]{10,}=*"',
         ('"auth"',), "kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry"),
)  # fmt: skip
"""What is a credential wherever it stands."""

SENTENCES = (
    Form("url-password", "URL with a password", r"://[^\s/:@\"'$<{]*:[^\s/@\"'$<{(*]+@[\w.\[-]", ("://",),
         "RFC 3986, section 3.2.1"),
    Form("driver-password", "database address with a password", r"(:[^\s/:@$({<]+@tcp\(|:thin:\w+/[^\s@$({<]+@)",
         ("@tcp(", ":thin:"), "pkg.go.dev/github.com/go-sql-driver/mysql; Oracle Database JDBC Developer's Guide"),
    Form("assigned", "password, token or key with its value: connection string, query, property, line of a file",
         rf"""(?i){_SECRETS}\\?["']?\]?(?:,?\s*["']?value["']?)?[ \t]*[=:>]{{1,2}}[ \t]*[\\{{]?{_WRITTEN}""",
         ("=", ":", ">"), "learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax; "
         "www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING; 12factor.net/config"),
    Form("authorization", "Authorization header with its value",
         r"""uthorization[\\"':= ]+([Bb]asic|[Bb]earer|[Tt]oken) +[\w+/.~-]{8}""", ("uthorization",),
         "RFC 7617; RFC 6750"),
    Form("directive", "password behind the word that sets it, in a configuration file or SQL",
         r"""(?m)(^[ \t]*(requirepass|masterauth|HTTP_Passwd)|login \S+ password|(PASSWORD|IDENTIFIED BY) ')[ \t]*["']?"""
         r"""\w[^\s"'$:]{5}""", ("requirepass", "masterauth", "HTTP_Passwd", "login ", "PASSWORD '", "IDENTIFIED BY '"),
         "redis.io/docs/latest/operate/oss_and_stack/management/config; docs.fluentbit.io/manual/pipeline/outputs"),
)  # fmt: skip
"""What is a credential by the words around it."""

OPTIONS = (
    Form("flag", "flag with its value behind a space", rf"(?i)-[\w.-]*(?:requirepass|{_SECRETS})[ \t]+{_WRITTEN}",
         ("-",), "pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap12.html"),
    Form("client-password", "password in the short option of a client",
         r"""(mysql\w*\b[^|;]* -p|(mongosh?|sshpass|docker login|az login)\b[^|;]* -p |redis-cli\b[^|;]* -a )["']?\w"""
         r"""[^\s"'$]{5}""", ("mysql", "mongo", "sshpass ", "docker login", "az login", "redis-cli"),
         "dev.mysql.com/doc/refman/en/command-line-options.html; redis.io/docs/latest/develop/tools/cli; and their like"),
    Form("curl-user", "user and password for curl", r"""\bcurl\b[^|;]* (-\w*u|--user)[ =]?["']?[\w.-]+:\w[^\s"'$]{3}""",
         ("curl",), "curl.se/docs/manpage.html#-u"),
    Form("openssl-pass", "pass phrase for openssl", r"-pass(in|out)? pass:[^\s$]{4}", (" pass:",),
         "docs.openssl.org/master/man1/openssl-passphrase-options"),
)  # fmt: skip
"""What is a credential in a command line."""

CREDENTIALS = tuple(form.pattern for form in (*TOKENS, *SENTENCES))
COMMANDS = tuple(form.pattern for form in OPTIONS)

SECRET_NAME = (
    r"(?i)(passw(or)?d|passphrase|secret|token|credentials|[._-](pass|pw|sas)|^pass|pwd|(api|access|account|secret|"
    r"private|encryption|signing|master|storage|subscription|functions|license|fernet|app|auth)[._-]?key|key_base|"
    r"redis(cli)?_auth)([._-]?([0-9]+|b64|base64))?$"
)
"""Names of what is secret: the last word tells, so that TOKEN_TTL and SECRET_NAME are none."""

HARMLESS_NAME = r"(?i)^checksum/|/agent-inject-|^max[._-]|(tls|cert|pull)[._-]?secret$"
"""Names that end as those do and mean something else: a digest, a number, the name of a Secret."""

HEADER_NAME = r"(?i)(^|-)(authorization|cookie)$"

HARMLESS = (
    r"^\s*$|^\$|\{\{|^[<%*]|^x+$|^[01]$",
    r"(?i)^(true|false|yes|no|on|off|null|none|redacted)$",
    r"^(\.{0,2}/([a-z]|$)|[a-z][a-z0-9+.-]*://)",
    r"(?i)^(vault:|ref\+|arn:|enc\[|@microsoft\.|projects/|file:)",
)
"""Values that are no credential under any name: empty, a reference, a placeholder, a switch, a path, an address."""
