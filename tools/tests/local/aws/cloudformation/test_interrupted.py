"""Operations that the end of a cloud interrupts. codedeploy/test_shift.py ends a cloud in the middle of one."""

from tools.local.aws.cloudformation.engine_interrupted import changed_resources


def test_what_the_interrupted_operation_had_changed() -> None:
    present = {"Table": {"Properties": 1}, "Queue": {"Properties": 2}, "New": {"Properties": 3}}
    before = {"Queue": {"Properties": 1}, "Table": {"Properties": 1}, "Gone": {"Properties": 4}}
    assert changed_resources(["New", "Table", "Later", "Queue"], present, before) == ["New", "Queue"]
