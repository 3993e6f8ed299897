"""`make bootstrap-pipeline`: what it takes away, and what it keeps."""

from types import SimpleNamespace
from typing import Any

import pytest

from tools.pipeline import bootstrap


class FakeStacks:
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find(self, name: str) -> dict[str, Any] | None:
        return {"StackName": name} if name in self.names else None

    def delete(self, stack: dict[str, Any]) -> list[dict[str, Any]]:
        self.names.remove(stack["StackName"])
        return []


def test_the_boundaries_stay_when_the_roles_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role whose boundary is gone may do nothing, and what is deployed goes on. Again it says so too."""
    stacks = FakeStacks(
        {"ecommerce-prod-pipeline-roles", "ecommerce-prod-pipeline-boundaries", "ecommerce-dev-pipeline"}
    )
    monkeypatch.setattr(bootstrap, "Stacks", lambda _: stacks)
    environment = SimpleNamespace(stack=lambda service: f"ecommerce-dev-{service}")
    made: Any = SimpleNamespace(
        own=["prod"], elsewhere=[], at=lambda _: None, place=SimpleNamespace(environment=environment)
    )
    kept = "  kept: ecommerce-prod-pipeline-boundaries: the roles of what is deployed there have these boundaries"
    for answers in (
        ["ecommerce-prod-pipeline-roles: deleted", kept, "ecommerce-dev-pipeline: deleted"],
        ["ecommerce-prod-pipeline-roles: is not deployed", kept, "ecommerce-dev-pipeline: is not deployed"],
    ):
        said: list[str] = []
        bootstrap.take_down(made, said.append)
        assert said == answers
    assert stacks.names == {"ecommerce-prod-pipeline-boundaries"}
