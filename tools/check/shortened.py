"""Messages of other tools, short enough for one line."""

import difflib
import re

LONGEST = 300
_CHOICE = re.compile(r"'([^']*)' is not one of \[([^\]]*)\]")


def shortened(message: str) -> str:
    """The message in one line, and a long list of names replaced by the nearest one."""
    text = _CHOICE.sub(_nearest, " ".join(message.split()))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def _nearest(found: re.Match[str]) -> str:
    names = re.findall(r"'([^']*)'", found[2])
    if len(names) < 10:
        return found[0]
    near = difflib.get_close_matches(found[1], names, n=1)
    return f"'{found[1]}' is not one of {len(names)} names" + (f"; did you mean '{near[0]}'?" if near else "")
