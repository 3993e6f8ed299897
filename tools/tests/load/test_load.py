"""`make load`: its arguments, what it takes for a confirmation, the plan, the report, and the codes of errors."""

import json
import random
import signal
import subprocess
import sys
import uuid
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.order_ids import order_id_of
from ecom_client import carts, made
from ecom_client.journey import Client, Refused
from ecom_client.people import Person
from ecom_client.platform import Answer, Platform
from ecom_testkit.dead_letters import DeadLetter
from tools.load import __main__ as command
from tools.load import afterwards
from tools.load.journeys import SHARES, LoadShopper, LoadStaff, Shop, accepted
from tools.load.plan import Plan, Result, Row, people_for
from tools.load.report import lines_of
from tools.operate.interrupts import interrupts_end_the_block
from tools.project.environments import Environment
from tools.project.problems import WrongUse

PERSON = Person("user", "jo@example.com", "id", "access")
RESULT = Result(
    seconds=20.0,
    begun=38,
    rows=[Row("getOrder", 100, 3, 5.0, 10.4, 20.0, 31.0), Row("journey buy", 10, 0, 0.5, 900.0, 1500.0, 2000.0)],
    errors={"getOrder: INTERNAL": 3},
    journeys={"buy": 10, "browse": 20},
    unfinished=1,
    made=["token"],
    orders=["order-1"],
)


class Scripted(Platform):
    """A platform that answers every GraphQL request with the same."""

    def graphql(self, *_: Any, **__: Any) -> Answer:
        return Answer(200, {"data": {"getProducts": None}, "errors": [{"errorType": "TRY_AGAIN", "message": "later"}]})


@pytest.mark.parametrize("arguments", [["--rate", "0"], ["--rate", "101"], ["--seconds", "0"], ["--keep", "--remove"]])
def test_wrong_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.arguments(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(("name", "confirm", "is_refused"), [
    ("prod", "", True), ("prod", "1", True), ("prod", "prod", False), ("tests", "", False), ("local", "", False),
])  # fmt: skip
def test_prod_needs_its_name(name: str, confirm: str, is_refused: bool) -> None:
    environment = Environment(name, "aws", "eu-west-1")
    if is_refused:
        with pytest.raises(WrongUse, match="CONFIRM=prod"):
            command.check_confirmed(environment, {"CONFIRM": confirm})
    else:
        command.check_confirmed(environment, {"CONFIRM": confirm})


def test_a_rate_needs_people() -> None:
    assert people_for(0.1) == (4, 2)
    assert people_for(2) == (12, 4)
    assert people_for(100)[0] == 100


def test_files_between_the_processes(tmp_path: Path) -> None:
    plan = Plan(2.0, 60, [vars(PERSON)], [], [{"productId": "p"}])
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan
    RESULT.write(tmp_path / "result.json")
    assert Result.read(tmp_path / "result.json") == RESULT


def test_the_report() -> None:
    text = "\n".join(lines_of(RESULT, 2.0))
    assert "getOrder                      100    5.00       3       10       20       31\n" in text
    assert "1.90 journeys a second began (2 wanted), for 20 s; 30 ended well, 1 orders, 1 unfinished" in text
    assert "slower than the rate" not in text
    assert text.endswith("     3 x getOrder: INTERNAL")
    assert "slower than the rate" in "\n".join(lines_of(RESULT, 3.0))


def test_a_request_is_recorded_by_its_field_and_the_code_of_its_error() -> None:
    seen: list[tuple[str, str]] = []
    platform = Scripted("local", "http://127.0.0.1:1", "us-east-1")
    shopper = LoadShopper(platform, PERSON, lambda name, _, code: seen.append((name, code)), Shop([]))
    with pytest.raises(Refused):
        shopper.browse()
    assert seen == [("getProducts", "TRY_AGAIN")]


def test_a_failed_journey_is_recorded_with_its_name() -> None:
    seen: list[tuple[str, str]] = []
    platform = Scripted("local", "http://127.0.0.1:1", "us-east-1")
    dice = random.Random(1)  # noqa: S311 - no secret
    shopper = LoadShopper(platform, PERSON, lambda name, _, code: seen.append((name, code)), Shop([]), dice)
    with pytest.raises(Refused):
        shopper.journey()
    assert [code for _, code in seen] == ["TRY_AGAIN", "TRY_AGAIN"]
    assert seen[-1][0].removeprefix("journey ") in SHARES


def test_staff_without_work_wait_and_go_on() -> None:
    staff = LoadStaff(Scripted("local", None, "us-east-1"), PERSON, lambda *_: None, Shop([]))
    assert staff.work(0.01) is False


@pytest.mark.parametrize(("answer", "code"), [
    (Answer(409, {"problems": [{"code": "TOTAL_CHANGED"}]}), "TOTAL_CHANGED"),
    (Answer(401, {"message": "Unauthorized"}), "HTTP 401"),
    (Answer(502, "bad gateway"), "HTTP 502"),
])  # fmt: skip
def test_a_refused_checkout_has_a_code(answer: Answer, code: str) -> None:
    with pytest.raises(Refused) as refused:
        accepted(answer)
    assert refused.value.types == [code]


@pytest.mark.parametrize("status", [200, 201])
def test_an_accepted_checkout(status: int) -> None:
    assert accepted(Answer(status, {})).status == status


def test_only_findings_about_what_the_run_made_count(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [
        {"kind": "A", "note": False, "ids": {"orderId": "order-1"}, "actual": "wrong"},
        {"kind": "B", "note": True, "ids": {"orderId": "order-1"}, "actual": "a note"},
        {"kind": "C", "note": False, "ids": {"orderId": "of-others"}, "actual": "wrong"},
        {"kind": "D", "note": False, "ids": {"productId": "kettle-1"}, "actual": "reserved 3"},
        {"kind": "D", "note": False, "ids": {"productId": "of-others"}, "actual": "reserved 3"},
        {"kind": "E", "note": False, "ids": {"orderId": "without-answer"}, "actual": "stuck"},
    ]
    done = SimpleNamespace(stdout=json.dumps({"findings": findings}))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    plan = Plan(2.0, 60, [vars(PERSON)], [], [{"productId": "kettle-1"}])
    names = afterwards.names_of(plan, replace(RESULT, made=["token", "without-answer"]))
    assert afterwards.disagreements(names) == ["A order-1: wrong", "D kettle-1: reserved 3", "E without-answer: stuck"]


def test_only_dead_letters_about_what_the_run_made_count(monkeypatch: pytest.MonkeyPatch) -> None:
    about = ("order-1", "kettle-1", "user", "others")
    letters = [DeadLetter("queue", json.dumps({"id": name}), "CODE", name) for name in about]
    monkeypatch.setattr(afterwards, "all_dead_letters", lambda _: letters)
    names = afterwards.names_of(Plan(2.0, 60, [vars(PERSON)], [], [{"productId": "kettle-1"}]), RESULT)
    lines = afterwards.dead_letters(Scripted("local", None, "us-east-1"), names)
    assert lines == [f"dead letter in queue: CODE {name}" for name in ("order-1", "kettle-1", "user")]


def test_an_order_whose_answer_is_lost_is_reported_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway answers 502, and the order may exist."""
    user, token = str(uuid.uuid4()), "token-1"
    names: list[str] = []
    monkeypatch.setattr(made, "_listeners", [SimpleNamespace(made=names.append, sent=lambda _: None)])
    monkeypatch.setattr(Platform, "parameter", lambda *_: "http://cart")
    monkeypatch.setattr(carts, "send", lambda *_: Answer(502, "bad gateway"))
    shopper = Client(Scripted("local", None, "us-east-1"), replace(PERSON, user_id=user))
    assert carts.Carts(shopper).check_out({"paymentToken": token}).status == 502
    assert names == [order_id_of(user, token)]
    carts.Carts(shopper).check_out({"paymentToken": token, "clientToken": "client-1"})
    assert names[1:] == [order_id_of(user, "client-1")]


# A shell that starts a command in the background lets it ignore Ctrl-C, and its children too.
PLAYS_UNTIL_CTRL_C = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(7)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_locust_write_what_it_has(number: signal.Signals) -> None:
    with (
        interrupts_end_the_block(),
        subprocess.Popen(
            [sys.executable, "-c", PLAYS_UNTIL_CTRL_C], stdout=subprocess.PIPE, start_new_session=True
        ) as process,
    ):
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        wait = process.wait

        def interrupted(timeout: float | None = None) -> int:
            process.wait = wait  # type: ignore[method-assign]  # once
            signal.raise_signal(number)
            return wait(timeout)

        process.wait = interrupted  # type: ignore[method-assign]  # the signal comes while the command waits
        assert command.waited_for(process) == 7


@pytest.mark.parametrize("part", ["prepared", "played"])
def test_what_was_made_is_removed_behind_the_users_when_it_is_interrupted(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Carts have the ids of users, which are known to be removable when the users are gone."""
    happened: list[str] = []

    def prepared(_asked: Any, _platform: Any, stack: ExitStack) -> Any:
        stack.callback(lambda: happened.append("users gone"))
        return interrupted() if part == "prepared" else SimpleNamespace()

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    removal = SimpleNamespace(remove_all=lambda: happened.append("removed"))
    monkeypatch.setattr(command, "MadeByTests", lambda _: removal)
    monkeypatch.setattr(command, "report_to", lambda _: None)
    monkeypatch.setattr(command, "prepared", prepared)
    monkeypatch.setattr(command, "played", interrupted)
    place: Any = SimpleNamespace(endpoint="http://127.0.0.1:1")
    with pytest.raises(KeyboardInterrupt):
        command.run(command.arguments([]), place)
    assert happened == ["users gone", "removed"]
