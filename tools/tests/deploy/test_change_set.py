"""The reason of a refused change set reaches the user."""

from typing import Any

import pytest

from tools.deploy.change_set import Change
from tools.deploy.package import Packaged
from tools.project.problems import Problem

REASON = "Template format error: [/Resources/Api] 'null' values are\n are not allowed in templates"


class Refusing:
    """CloudFormation that refuses every change set. It forgets the reason with the stack, as AWS does."""

    def __init__(self, reason: str = REASON, undeletable: str = "") -> None:
        self.reason, self.undeletable = reason, undeletable
        self.deleted: list[str] = []

    # CloudFormation's operations
    def create_change_set(self, **_: Any) -> dict[str, str]:
        return {"Id": "change", "StackId": "stack"}

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        assert not self.deleted, "the reason is read before the stack is deleted"
        return {"Status": "FAILED", "StatusReason": self.reason, "Changes": []}

    def delete_change_set(self, ChangeSetName: str) -> None:  # noqa: N803 - CloudFormation's name
        self.deleted.append(ChangeSetName)

    # those of Stacks
    def delete(self, stack: dict[str, Any]) -> list[Any]:
        self.deleted.append(stack["StackId"])
        if self.undeletable:
            raise Problem(self.undeletable)
        return []


def run(cloud: Refusing, live: dict[str, Any] | None = None) -> str:
    class Place:
        cloudformation = cloud

    change = Change(cloud, Place(), "ecommerce-dev-alpha", live)  # type: ignore[arg-type]  # stand-ins for both
    return change.run(Packaged("{}", "https://shelf/template.json"), {}, {})


def test_the_reason_of_a_first_change_set_is_read_before_the_stack_is_deleted() -> None:
    cloud = Refusing()
    with pytest.raises(Problem, match=r"alpha: CloudFormation refuses the change: .*'null' values are are not allowed"):
        run(cloud)
    assert cloud.deleted == ["stack"]


def test_the_reason_is_shown_when_the_stack_cannot_be_deleted() -> None:
    cloud = Refusing(undeletable="ecommerce-dev-alpha cannot be deleted: Table is protected")
    with pytest.raises(Problem, match=r"'null' values .*; then: .*Table is protected"):
        run(cloud)


def test_a_change_set_without_a_reason_says_so() -> None:
    with pytest.raises(Problem, match="refuses the change: no reason given"):
        run(Refusing(""))


def test_the_reason_of_an_update_is_shown_and_the_stack_stays() -> None:
    cloud = Refusing()
    with pytest.raises(Problem, match="'null' values"):
        run(cloud, {"StackId": "stack"})
    assert cloud.deleted == ["change"]


def test_nothing_new_is_no_refusal() -> None:
    assert run(Refusing("The submitted information didn't contain changes."), {"StackId": "stack"}) == "no changes"
