"""The services that the README lists, and the pages describe.

A service that `make new-service` has just made is not among them: its checks pass before its author writes about it.
"""

import re

from tools import ROOT

_ROW = re.compile(r"^\| \[([a-z0-9-]+)\]\(\1/README\.md\)", re.MULTILINE)
DESCRIBED = frozenset(_ROW.findall((ROOT / "README.md").read_text()))
