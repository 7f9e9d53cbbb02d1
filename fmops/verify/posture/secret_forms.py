"""How secrets look: what issuers say of their tokens' form, and names of settings that hold secrets (R105)."""

import re
from typing import NamedTuple


class Form(NamedTuple):
    """A secret that is known by its form.

    Attributes:
        name: what it is.
        pattern: what it looks like.
        source: who says so.
    """

    name: str
    pattern: re.Pattern[str]
    source: str


AWS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"
GITHUB = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"
_ROWS = (
    ("access key of AWS", r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b", AWS),
    ("long-term key of Bedrock", r"\bABSK[A-Za-z0-9+/]{100,}={0,2}", AWS),
    (
        "private key",
        r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----",
        "https://www.rfc-editor.org/rfc/rfc7468",
    ),
    ("token of GitHub", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b", GITHUB),
    (
        "token of GitLab",
        r"\bgl(?:pat|dt|rt|cbt|ptt|soat)-[A-Za-z0-9_-]{20,}",
        "https://docs.gitlab.com/security/tokens/",
    ),
    ("token of Slack", r"\bxox[abeoprs]-[A-Za-z0-9-]{20,}", "https://docs.slack.dev/authentication/tokens"),
    (
        "web hook of Slack",
        r"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]+/[A-Za-z0-9/]+",
        "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    ),
    ("key of Stripe", r"\b[rs]k_live_[A-Za-z0-9]{20,}", "https://docs.stripe.com/keys"),
    ("key of Google", r"\bAIza[A-Za-z0-9_-]{35}", "https://docs.cloud.google.com/docs/authentication/api-keys"),
    ("token of Hugging Face", r"\bhf_[A-Za-z0-9]{30,}\b", "https://huggingface.co/docs/hub/security-tokens"),
    ("key of OpenAI", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{40,}", "https://platform.openai.com/api-keys"),
    ("token of PyPI", r"\bpypi-AgE[A-Za-z0-9_-]{50,}", "https://pypi.org/help/#apitoken"),
    ("token of npm", r"\bnpm_[A-Za-z0-9]{36}\b", "https://docs.npmjs.com/about-access-tokens"),
    (
        "signed token",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
        "https://www.rfc-editor.org/rfc/rfc7519",
    ),
    (
        "password in an address",
        r"\b[a-z][a-z0-9+.-]*://[^\s/:@${}<>'\"]+:(?![^@\s]*[${<*])[^\s/:@'\"]{3,}@[A-Za-z0-9]",
        "https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1",
    ),
    (
        "secret key of AWS",
        r"(?i)secret[_-]?(?:access[_-]?)?key[\"']?\s*[:=]\s*[\"']?(?=[A-Za-z0-9/+]*[0-9])(?=[A-Za-z0-9/+]*[A-Z])"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
        AWS,
    ),
)
FORMS = tuple(Form(name, re.compile(pattern), source) for name, pattern, source in _ROWS)
EXAMPLES = re.compile(r"(?i)example|XXXX|0123456789|:(?:pass|password|secret|token|changeme|\*+)@")
"""What documentation and tests write for a secret: nobody's."""

SECRET_NAME = re.compile(
    r"(?i)(?:^|[_-])(?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)$"
    r"|(?:password|passphrase|secretkey|apikey|authtoken|accesstoken|secretstring|privatekey|clientsecret)$"
)
"""Names of settings and environment variables that hold a secret."""
REFERENCE = re.compile(r"^\{\{resolve:(?:secretsmanager|ssm-secure):|^arn:aws|^/|^https?://[^@]*$|^\$\{|^<.*>$|^$")
"""Values that say where a secret is, not what it is."""
