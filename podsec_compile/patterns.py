"""What credentials look like: by their form, and by the name that they stand under; RE2, with the source of each form.

The API server counts (length of the text x length of the pattern / 40, up to a million an expression), so a pattern
is short, has a literal of which an engine may look first (`needles`), and folds case only where the format is loose.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A form of credential: the pattern that finds it in a text, and the page that documents its format."""

    id: str
    title: str
    pattern: str
    source: str


# A value that is written out: no reference ($, {, <), mask (*) or path (/), and longer than true, false and null.
_WRITTEN = (
    r"""(([a-z0-9][\w!@#%^*+/?~-]{5,}=*|admin|guest|root)(["'\s;,&<>}\\)]|$)|"""
    r"""["'][^\s"'$<>{%/(\\][^\s"'$<>{}(\\]{5,}\\?["'])"""
)
_KEY = (
    r"(pass(w(or)?d|phrase)|pwd|[._-]pass|token|(api|access)[._-]?key|(secret|account|encryption|signing|master|private|"
    r"auth)[._-]key|(client|app|jwt|session|cookie|shared|rpc|webhook)[._-]?secret)"
)
_PURVIEW = "learn.microsoft.com/purview/sit-defn"

TOKENS = (
    Form("azure-account-key", "Azure Storage or Cosmos DB account key", r"""(?i)key["']?[=: ]+["']?[a-z0-9+/]{86}==""",
         f"{_PURVIEW}-azure-storage-account-key"),
    Form("azure-shared-access-key", "Service Bus, Event Hubs or IoT Hub key", r"AccessKey=[A-Za-z0-9+/]{43}=",
         f"{_PURVIEW}-azure-service-bus-connection-string"),
    Form("azure-sas", "shared access signature", r"\bsig=[\w%+/-]{43}", f"{_PURVIEW}-azure-sas"),
    Form("azure-client-secret", "Microsoft Entra client secret", r"[\w.~-]{3}[78]Q~[\w.~-]{31}",
         f"{_PURVIEW}-azure-ad-client-secret"),
    Form("azure-devops-token", "Azure DevOps personal access token", r"[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}",
         "learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"),
    Form("azure-registry-token", "Azure Container Registry token", r"[A-Za-z0-9+/]{42}\+ACR[A-D]\w{5}\b",
         f"{_PURVIEW}-azure-container-registry-access-key"),
    Form("aws-access-key", "AWS access key id", r"\bA(KI|SI)A[A-Z2-7]{16}\b",
         "docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"),
    Form("google-api-key", "Google API key", r"\bAIza[\w-]{35}", "cloud.google.com/docs/authentication/api-keys"),
    Form("jwt", "JSON web token", r"\beyJ[\w-]{9,}\.eyJ[\w-]{9,}\.[\w-]{20}", "RFC 7519"),
    Form("private-key", "private key in PEM, also of a Google service account", r"-----BEGIN [A-Z ]*PRIVATE KEY",
         "RFC 7468; cloud.google.com/iam/docs/keys-create-delete"),
    Form("private-key-base64", "private key in PEM, again in base64",
         r"LS0tLS1CRUdJTi(BQUk|B[SE]U0EgUFJ|BFQyBQU|BPUEVO|BFTkNS)",
         "RFC 7468; kubernetes.io/docs/reference/config-api/kubeconfig.v1"),
    Form("github-token", "GitHub token", r"\b(gh[oprsu]_|github_pat_)\w{36}",
         "docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"),
    Form("gitlab-token", "GitLab token", r"\bgl(pat|[dfr]t|ptt)-[\w-]{20}", "docs.gitlab.com/security/tokens"),
    Form("npm-token", "npm token", r"\bnpm_[A-Za-z0-9]{36}", "docs.npmjs.com/about-access-tokens"),
    Form("pypi-token", "PyPI token", r"pypi-AgE[\w-]{50}", "pypi.org/help/#apitoken"),
    Form("slack-token", "Slack token of a bot or user", r"\bxox[a-z]-\d[\w-]{20}",
         "docs.slack.dev/authentication/tokens"),
    Form("slack-app-token", "Slack token of an app", r"\bxapp-\d[\w-]{20}", "docs.slack.dev/authentication/tokens"),
    Form("slack-webhook", "Slack webhook", r"hooks\.slack\.com/\w+/T\w+/\w+/\w{16}",
         "docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"),
    Form("stripe-key", "Stripe key", r"\b[rs]k_(live|test)_\w{16}", "docs.stripe.com/keys"),
    Form("sendgrid-key", "SendGrid key", r"\bSG\.[\w-]{22}\.[\w-]{43}",
         "www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"),
    Form("docker-hub-token", "Docker Hub token", r"\bdckr_[op]at_[\w-]{20}", "docs.docker.com/security/access-tokens"),
    Form("vault-token", "HashiCorp Vault token", r"\bhv[brs]\.[\w-]{24}",
         "developer.hashicorp.com/vault/docs/concepts/tokens"),
    Form("openai-key", "OpenAI key", r"\bsk-[\w-]{20,}T3BlbkFJ", "platform.openai.com/docs/api-reference"),
    Form("anthropic-key", "Anthropic key", r"\bsk-ant-[\w-]{20}", "docs.anthropic.com/en/api/overview"),
    Form("hugging-face-token", "Hugging Face token", r"\bhf_[A-Za-z]{34}", "huggingface.co/docs/hub/security-tokens"),
    Form("registry-login", "login of a registry in a Docker configuration", r'"auth"\s*:\s*"[A-Za-z0-9+/]{10,}=*"',
         "kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry"),
    Form("url-password", "URL with a password", r"://[^\s/:@\"'$<{]*:[^\s/@\"'$<{(*]+@[\w.\[-]",
         "RFC 3986, section 3.2.1"),
)  # fmt: skip
"""What is a credential wherever it stands."""

SETTINGS = (
    Form("assigned", "password, token or key with its value: connection string, query, property, line of a file",
         rf"""(?i){_KEY}\\?["']?\]?(,?\s*["']?value["']?)?[ \t]*[=:>]{{1,2}}[ \t]*[\\{{]?{_WRITTEN}""",
         "learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax; "
         "www.postgresql.org/docs/current/libpq-connect.html; 12factor.net/config"),
    Form("driver-password", "database address with a password", r"(:[^\s/:@$({<]+@tcp\(|:thin:\w+/[^\s@$({<]+@)",
         "pkg.go.dev/github.com/go-sql-driver/mysql; Oracle Database JDBC Developer's Guide"),
    Form("authorization", "Authorization header with its value",
         r"""uthorization[\\"':= ]+([Bb]asic|[Bb]earer|[Tt]oken) +[\w+/.~-]{8}""", "RFC 7617; RFC 6750"),
    Form("directive", "password behind the word that sets it, in a configuration file or SQL",
         r"""(?m)(^[ \t]*(requirepass|masterauth|HTTP_Passwd)|login \S+ password|(PASSWORD|IDENTIFIED BY) ')"""
         r"""[ \t]*["']?\w[^\s"'$:]{5}""",
         "redis.io/docs/latest/operate/oss_and_stack/management/config; docs.fluentbit.io/manual/pipeline/outputs"),
)  # fmt: skip
"""What is a credential by the words around it."""

OPTIONS = (
    Form("flag", "flag with its value behind a space", rf"(?i)-[\w.-]*(requirepass|{_KEY})[ \t]+{_WRITTEN}",
         "pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap12.html"),
    Form("client-password", "password in the short option of a client",
         r"""(mysql\w*\b[^|;]* -p|(mongo(sh)?|sshpass|docker login|az login)\b[^|;]* -p |redis-cli\b[^|;]* -a )["']?"""
         r"""\w[^\s"'$]{5}""",
         "dev.mysql.com/doc/refman/en/command-line-options.html; redis.io/docs/latest/develop/tools/cli"),
    Form("curl-user", "user and password for curl", r"""\bcurl\b[^|;]* (-\w*u|--user)[ =]?["']?[\w.-]+:\w[^\s"'$]{3}""",
         "curl.se/docs/manpage.html#-u"),
    Form("openssl-pass", "pass phrase for openssl", r"-pass(in|out)? pass:[^\s$]{4}",
         "docs.openssl.org/master/man1/openssl-passphrase-options"),
)  # fmt: skip
"""What is a credential in a command line."""

TOKEN = tuple(form.pattern for form in TOKENS)
SETTING = tuple(form.pattern for form in SETTINGS)
COMMAND = tuple(form.pattern for form in (*TOKENS, *SETTINGS, *OPTIONS))
BARE_FLAG = r"(?i)^--?[\w.-]*(passw(or)?d|passphrase|requirepass|(api|secret|access)[_-]?key|client[_-]?secret)$"
"""A flag whose value is the next argument."""

CREDENTIAL_NAME = (
    r"(?i)(passw(or)?d|passphrase|secret|token|credentials|[._-](pass|pw|sas)|^pass|pwd|(api|access|account|secret|"
    r"private|encryption|signing|master|storage|subscription|functions|license|fernet|app|auth)[._-]?key|key_base|"
    r"redis(cli)?_auth)([._-]?([0-9]+|b64|base64))?$"
)
"""Names of what is secret: the last word tells, so TOKEN_TTL and SECRET_NAME are none."""

HARMLESS_NAME = r"(?i)^checksum/|/agent-inject-|^max[._-]|(tls|cert|pull)[._-]?secret$"
"""Names that end as those do and mean something else: a digest, a path, a number, the name of a Secret."""

HEADER_NAMES = (CREDENTIAL_NAME, r"(?i)(^|-)(authorization|cookie)$")
"""Headers that carry a credential."""

HARMLESS = (
    r"^\s*$|^\$|\{\{|^[<%*]|^x+$|^[01]$",
    r"(?i)^(true|false|yes|no|on|off|null|none|redacted)$",
    r"^(\.{0,2}/([a-z]|$)|[a-z][a-z0-9+.-]*://)",
    r"(?i)^(vault:|ref\+|arn:|enc\[|@microsoft\.|projects/|file:)",
)
"""Values that are no credential under any name: empty, a reference, a placeholder, a switch, a path, an address."""
