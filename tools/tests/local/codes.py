"""The codes that Cognito mails, read from the mailbox."""

import re
from typing import Any
from urllib.parse import quote

from tools.local.client import Cloud
from tools.tests.local.http import call


def mails_to(cloud: Cloud, email: str) -> list[dict[str, Any]]:
    """The mails to an address, newest first."""
    found: list[dict[str, Any]] = call(f"{cloud.endpoint}/_local/mail.json?to={quote(email)}").json["mails"]
    return found


def code_to(cloud: Cloud, email: str) -> str:
    """The code in the newest mail to the address."""
    newest = mails_to(cloud, email)[0]["text"]
    (code,) = re.findall(r"\b\d{6}\b", newest)
    return str(code)
