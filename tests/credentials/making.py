"""Random credentials in the shapes that their providers document, the same for the same seed; none is real.

Nothing that looks like a credential stands in the repository: they are made when they are asked for.
"""

from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse
from dataclasses import dataclass

ALNUM = string.ascii_letters + string.digits
URL_SAFE = ALNUM + "-_"
HEX = "0123456789abcdef"
_WORDS = "harbor maple orbit cobalt lantern velvet quartz meadow falcon ember tundra saffron pebble thistle".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Case:
    """A text in a place: `form` says what it is, `place` where it stands, `name` what it is called there."""

    form: str
    place: str
    name: str
    value: str


class Maker:
    """Makes random texts from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  # nothing here protects anything

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choices(alphabet, k=length))

    def choice(self, *some: str) -> str:
        return self.random.choice(some)

    def bytes64(self, count: int) -> str:
        return base64.b64encode(self.random.randbytes(count)).decode()

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def word(self) -> str:
        return self.random.choice(_WORDS)

    def password(self) -> str:
        """What people and password generators make up."""
        return self.random.choice(
            (
                f"{self.word()}{self.number(1, 9999)}",
                f"{self.word().title()}-{self.word().title()}{self.number(10, 99)}!",
                self.of(ALNUM, self.number(10, 32)),
                self.of(ALNUM + "!#%+-_=?@^~.", self.number(12, 24)).strip("=#-") + "x",
                f"{self.word().title()}@{self.number(2015, 2026)}",
                self.of(HEX, 32),
            )
        )

    def plain_password(self) -> str:
        """A password without a character that a URL or a shell takes for something else."""
        return f"{self.word().title()}{self.of(ALNUM, self.number(4, 14))}{self.number(0, 9)}"

    def uuid(self) -> str:
        return "-".join(self.of(HEX, length) for length in (8, 4, 4, 4, 12))

    def host(self, domain: str) -> str:
        return f"{self.word()}{self.number(1, 99)}.{domain}"

    # what providers hand out ------------------------------------------------------------------------------------

    def storage_key(self) -> str:
        return self.bytes64(64)

    def shared_access_key(self) -> str:
        return self.bytes64(32)

    def sas_signature(self, *, encoded: bool = True) -> str:
        key = self.bytes64(32)
        return urllib.parse.quote(key, safe="") if encoded else key

    def client_secret(self) -> str:
        return f"{self.of(ALNUM + '-_.', 3)}{self.choice('7', '8')}Q~{self.of(ALNUM + '-_.~', 34)}"

    def devops_pat(self) -> str:
        return f"{self.of(ALNUM, 76)}AZDO{self.of(ALNUM, 4)}"

    def registry_token(self) -> str:
        return f"{self.of(ALNUM + '+/', 42)}+ACR{self.of('ABCD', 1)}{self.of(ALNUM, 5)}"

    def aws_id(self) -> str:
        return self.choice("AKIA", "AKIA", "ASIA") + self.of(string.ascii_uppercase + "234567", 16)

    def aws_secret(self) -> str:
        return self.of(ALNUM + "+/", 40)

    def google_key(self) -> str:
        return "AIza" + self.of(URL_SAFE, 35)

    def segment(self, content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    def jwt(self, algorithm: str = "HS256") -> str:
        head = self.segment({"alg": algorithm, "typ": "JWT"})
        body = self.segment({"sub": self.word(), "iat": self.number(10**9, 2 * 10**9), "jti": self.uuid()})
        return f"{head}.{body}.{self.of(URL_SAFE, 43)}"

    def pem(self, kind: str, *, width: int = 64, lines: int = 12) -> str:
        body = "\n".join(self.of(ALNUM + "+/", width) for _ in range(lines))
        return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"

    def service_account(self, indent: int | None = 2) -> str:
        project = f"{self.word()}-{self.number(100, 999)}"
        return json.dumps(
            {
                "type": "service_account",
                "project_id": project,
                "private_key_id": self.of(HEX, 40),
                "private_key": self.pem("PRIVATE KEY"),
                "client_email": f"{self.word()}@{project}.iam.gserviceaccount.com",
                "token_uri": "https://oauth2.googleapis.com/token",
            },
            indent=indent,
        )

    def github(self) -> str:
        if self.random.random() < 0.3:
            return f"github_pat_{self.of(ALNUM, 22)}_{self.of(ALNUM, 59)}"
        return f"gh{self.choice('p', 'o', 'u', 's', 'r')}_{self.of(ALNUM, 36)}"

    def gitlab(self) -> str:
        return f"gl{self.choice('pat', 'pat', 'dt', 'rt', 'ptt', 'ft')}-{self.of(URL_SAFE, 20)}"

    def npm(self) -> str:
        return "npm_" + self.of(ALNUM, 36)

    def pypi(self) -> str:
        return "pypi-AgEIcHlwaS5vcmc" + self.of(URL_SAFE, 150)

    def slack(self) -> str:
        kind = self.choice("xoxb", "xoxp", "xapp")
        if kind == "xapp":
            return f"xapp-1-A{self.of(ALNUM.upper(), 10)}-{self.of('0123456789', 13)}-{self.of(HEX, 64)}"
        return f"{kind}-{self.of('0123456789', 12)}-{self.of('0123456789', 13)}-{self.of(ALNUM, 24)}"

    def slack_hook(self) -> str:
        upper = string.ascii_uppercase + string.digits
        return f"https://hooks.slack.com/services/T{self.of(upper, 8)}/B{self.of(upper, 10)}/{self.of(ALNUM, 24)}"

    def stripe(self) -> str:
        return f"{self.choice('sk', 'rk')}_{self.choice('live', 'test')}_{self.of(ALNUM, self.choice_of(24, 99))}"

    def choice_of(self, *numbers: int) -> int:
        return self.random.choice(numbers)

    def sendgrid(self) -> str:
        return f"SG.{self.of(URL_SAFE, 22)}.{self.of(URL_SAFE, 43)}"

    def docker(self) -> str:
        return f"dckr_{self.choice('pat', 'oat')}_{self.of(URL_SAFE, 27)}"

    def vault(self) -> str:
        return f"hv{self.choice('s', 's', 'b')}.{self.of(URL_SAFE, self.choice_of(24, 95))}"

    def openai(self) -> str:
        if self.random.random() < 0.5:
            return f"sk-proj-{self.of(URL_SAFE, 74)}T3BlbkFJ{self.of(URL_SAFE, 74)}"
        return f"sk-{self.of(ALNUM, 20)}T3BlbkFJ{self.of(ALNUM, 20)}"

    def anthropic(self) -> str:
        return f"sk-ant-{self.choice('api03', 'admin01')}-{self.of(URL_SAFE, 93)}AA"

    def hugging_face(self) -> str:
        return "hf_" + self.of(string.ascii_letters, 34)

    def basic(self) -> str:
        return base64.b64encode(f"{self.word()}:{self.plain_password()}".encode()).decode()


TOKENS = {
    "github-token": Maker.github,
    "gitlab-token": Maker.gitlab,
    "npm-token": Maker.npm,
    "pypi-token": Maker.pypi,
    "slack-token": Maker.slack,
    "slack-webhook": Maker.slack_hook,
    "stripe-key": Maker.stripe,
    "sendgrid-key": Maker.sendgrid,
    "docker-hub-token": Maker.docker,
    "vault-token": Maker.vault,
    "openai-key": Maker.openai,
    "anthropic-key": Maker.anthropic,
    "hugging-face-token": Maker.hugging_face,
    "google-api-key": Maker.google_key,
    "aws-access-key": Maker.aws_id,
    "jwt": Maker.jwt,
    "azure-client-secret": Maker.client_secret,
    "azure-devops-token": Maker.devops_pat,
    "azure-registry-token": Maker.registry_token,
}
"""The forms that are known by themselves, wherever they stand."""
