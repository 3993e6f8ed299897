"""List the mails that services sent through SES on the local cloud, newest first; a single one is shown whole.

No mail leaves this machine. The same for the browser: /_local/mail at the address of the cloud.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import urllib3

from tools.local.aws.ses.page import PATH
from tools.local.client import running_cloud
from tools.local.home import LocalCloudError
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

SHOWN = 20
# A terminal obeys such characters, and a mail may hold any.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        endpoint = local_endpoint()
        print(told(mails(endpoint, asked), asked, f"{endpoint}{PATH}"))
    except (Problem, LocalCloudError) as problem:
        sys.stderr.write(f"mail: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    return 0


def local_endpoint() -> str:
    environment = chosen()
    if not environment.is_local:
        raise Problem(f"only the local cloud has a mailbox; {environment.name} sends real mail")
    return running_cloud().endpoint


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make mail", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", default="", metavar="ADDRESS", help="those that reach this address (make: TO=)")
    parser.add_argument("--about", default="", metavar="TEXT", help="those that hold this, such as an order's id")
    parser.add_argument("--limit", type=_count, default=SHOWN, help=f"so many of the newest ({SHOWN})")
    parser.add_argument("--text", action="store_true", help="show each one whole")
    return parser.parse_args(argv)


def _count(said: str) -> int:
    if not (said.isdecimal() and 0 < int(said) < 1_000_000):
        raise argparse.ArgumentTypeError(f"{said} is no whole number from 1")
    return int(said)


def mails(endpoint: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    """What the mailbox has, newest first."""
    wanted = {"to": asked.to, "about": asked.about, "limit": asked.limit}
    url = f"{endpoint}{PATH}.json?{urlencode({name: value for name, value in wanted.items() if value})}"
    try:
        answer = urllib3.request("GET", url, timeout=20, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise Problem(
            f"the local cloud at {endpoint} does not answer ({type(error).__name__}): `make down up`"
        ) from None
    if answer.status != 200:
        raise Problem(f"the local cloud at {endpoint} has no mailbox: it is of older code; `make down up`")
    found: list[dict[str, Any]] = json.loads(answer.data)["mails"]
    return found


def told(found: list[dict[str, Any]], asked: argparse.Namespace, page: str) -> str:
    if not found:
        whose = f" to {asked.to}" if asked.to else ""
        whose += f" about {asked.about}" if asked.about else ""
        hint = "`make mail` lists all" if whose else "`make demo` places an order"
        return f"no mail{whose}; {hint}. In the browser: {page}"
    shown = "\n".join(_shown(mail, whole=asked.text or len(found) == 1) for mail in found)
    return _CONTROL.sub("?", f"{shown}\n\nin the browser: {page}")


def _shown(mail: dict[str, Any], *, whole: bool) -> str:
    at = mail["at"].replace("T", " ")[:19]
    line = f"{at}  {', '.join((*mail['to'], *mail['cc'], *mail['bcc']))}  {mail['subject']}"
    if not whole:
        return line
    text = mail["text"] or "(HTML only: see it in the browser)"
    return f"{line}\n  from {mail['from']}\n\n" + "\n".join(f"  {one}" for one in text.splitlines()) + "\n"


if __name__ == "__main__":
    end(main)
