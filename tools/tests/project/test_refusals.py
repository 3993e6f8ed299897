"""The storefront's pages know each error type with which a function refuses. One that they do not know they take for a
failure, and send the request again."""

import importlib
import re
from collections.abc import Iterator

from ecom.errors import CallerFault, PlatformError
from tools import ROOT
from tools.project.services import discover

PAGES = ROOT / "storefront" / "web" / "src" / "api" / "refusals.ts"


def below(error: type[PlatformError]) -> Iterator[type[PlatformError]]:
    for each in error.__subclasses__():
        yield each
        yield from below(each)


def test_the_pages_know_every_refusal() -> None:
    for service in discover().values():
        for module in service.folder.glob("src/*/errors.py"):
            importlib.import_module(f"{module.parent.name}.errors")
    refusals = {each.type for each in below(CallerFault) if re.match(r"ecom\.|\w+_service\.", each.__module__)}
    (listed,) = re.findall(r"new Set\(\[(.*?)\]\)", PAGES.read_text(), re.DOTALL)
    assert sorted(re.findall(r"'(\w+)'", listed)) == sorted(refusals), f"the list is in {PAGES.relative_to(ROOT)}"
