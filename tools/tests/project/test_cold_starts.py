"""Functions that answer requests have the processor for it, and create their clients during INIT."""

import ast
import re
from pathlib import Path

import pytest

from tools import ROOT
from tools.deploy.build import functions
from tools.project.services import of_platform

SERVICES = of_platform()
ANSWERING = ("graphql_", "rest_")
# Their requests create no object, or their time does not matter.
WITHOUT_OBJECTS = {
    "graphql_delivery_pricing.py",
    "rest_pricing.py",
    "every_hour_reconcile.py",
    "pipeline_gate.py",
    "on_stage_end.py",
}
HANDLERS = sorted(ROOT.glob("*/src/*/handlers/[a-z]*.py"))


def test_functions_that_answer_requests_have_more_than_half_a_processor() -> None:
    small = {}
    for service in SERVICES.values():
        shared = (service.template.get("Globals") or {}).get("Function") or {}
        for name, properties in functions(service).items():
            handler = str(properties["Handler"]).split(".")[-2]
            memory = int(properties.get("MemorySize", shared.get("MemorySize", 128)))
            if handler.startswith(ANSWERING) and memory < 1024:
                small[f"{service.name}/{name}"] = memory
    assert not small


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: f"{path.parts[-5]}/{path.stem}")
def test_handlers_create_what_requests_need_during_init(path: Path) -> None:
    last = ast.parse(path.read_text()).body[-1]
    is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    creates = is_call and ast.unparse(last).startswith("create_during_init(")
    assert creates is (path.name not in WITHOUT_OBJECTS)


def test_graphql_handlers_pass_their_time_limit_on() -> None:
    without = [
        path.name
        for path in HANDLERS
        if path.name.startswith("graphql_")
        and not re.search(r"graphql\.resolve\(.*,\s*context,?\s*\)", path.read_text(), re.S)
    ]
    assert not without
