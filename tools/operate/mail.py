"""List the mails that services sent through SES on the local cloud, newest first. A single mail is printed in full.

No mail leaves this machine. In a browser: /_local/mail at the address of the cloud.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import urllib3

from tools.local.aws.ses.page import PATH
from tools.local.client import running_cloud
from tools.local.home import LocalCloudError
from tools.operate.printable import printable
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

DEFAULT_LIMIT = 20


def main(argv: Sequence[str]) -> int:
    options = arguments(argv)
    try:
        endpoint = local_endpoint()
        print(listing(mails(endpoint, options), options, f"{endpoint}{PATH}"))
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
    parser.add_argument("--to", default="", metavar="ADDRESS", help="mails to this address only (make: TO=)")
    parser.add_argument(
        "--about", default="", metavar="TEXT", help="mails that contain this text only, such as an order's id"
    )
    parser.add_argument(
        "--limit", type=_count, default=DEFAULT_LIMIT, help=f"how many mails, newest first ({DEFAULT_LIMIT})"
    )
    parser.add_argument("--text", action="store_true", help="print each mail in full")
    return parser.parse_args(argv)


def _count(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 1_000_000):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to 999999")
    return int(text)


def mails(endpoint: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    """The mails in the mailbox that match, newest first."""
    wanted = {"to": options.to, "about": options.about, "limit": options.limit}
    url = f"{endpoint}{PATH}.json?{urlencode({name: value for name, value in wanted.items() if value})}"
    try:
        answer = urllib3.request("GET", url, timeout=20, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise Problem(
            f"the local cloud at {endpoint} does not answer ({type(error).__name__}): `make down up`"
        ) from None
    if answer.status != 200:
        raise Problem(f"the local cloud at {endpoint} has no mailbox: it runs older code; `make down up`")
    found: list[dict[str, Any]] = json.loads(answer.data)["mails"]
    return found


def listing(found: list[dict[str, Any]], options: argparse.Namespace, page: str) -> str:
    if not found:
        filters = f" to {options.to}" if options.to else ""
        filters += f" about {options.about}" if options.about else ""
        hint = "`make mail` lists all" if filters else "`make demo` places an order"
        return f"no mail{filters}; {hint}. In the browser: {page}"
    lines = "\n".join(_lines(mail, full=options.text or len(found) == 1) for mail in found)
    return printable(f"{lines}\n\nin the browser: {page}")


def _lines(mail: dict[str, Any], *, full: bool) -> str:
    at = mail["at"].replace("T", " ")[:19]
    line = f"{at}  {', '.join((*mail['to'], *mail['cc'], *mail['bcc']))}  {mail['subject']}"
    if not full:
        return line
    text = mail["text"] or "(HTML only: open it in the browser)"
    return f"{line}\n  from {mail['from']}\n\n" + "\n".join(f"  {one}" for one in text.splitlines()) + "\n"


if __name__ == "__main__":
    end(main)
