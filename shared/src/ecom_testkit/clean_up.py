"""The pytest plugin that leaves a platform as the `deployed` tests found it.

After each file of `deployed` tests it removes what the tests made (`ecom_testkit.made_by_tests`). With `--nothing-left`
it compares the platform before the first and after the last of these tests, and fails on a difference. That is for a
platform that no other client uses at that time.
"""

from collections.abc import Generator
from contextlib import suppress

import pytest

from ecom_client.made import report_to
from ecom_client.platform import Platform
from ecom_client.polling import PollTimeout, poll
from ecom_testkit.made_by_tests import MadeByTests
from ecom_testkit.platform_state import ALARM, DEAD_LETTER, State, differences, read_state

# CloudWatch ends an alarm after one period (60 s) without a dead letter. It evaluates once a minute.
ALARM_SECONDS = 240
# These alarms count what happened in the last minutes, such as a fault that a test plants, and end by themselves.
AGEING_ALARMS = (
    "payment-payments-fail",
    "payment-provider-is-not-called",
    "-errors",
    "-5xx",
    "-create-order-is-slow",
    "-executions-failed",
)


class CleanUp:
    """The clean-up of one pytest session."""

    def __init__(self, *, compares: bool, alarm_seconds: float) -> None:
        self._compares = compares
        self._alarm_seconds = alarm_seconds
        self._made: MadeByTests | None = None
        self._before: State = {}
        self._is_clean = True

    def begin(self, test: str) -> None:
        """Before a deployed test. The platform is looked up with the first one: other tests need none."""
        if self._made is None:
            self._made = MadeByTests(Platform.from_environment())
            report_to(self._made)
            if self._compares:
                self._before = read_state(self._made.platform)
        self._made.test = test
        self._is_clean = False

    def after_file(self) -> None:
        if self._made is not None:
            self._made.remove()

    def at_end(self) -> None:
        if self._made is not None and not self._is_clean:
            self._is_clean = True
            self._made.remove_all()

    def differences(self) -> list[str]:
        """What differs from before the first test, each with the test that caused it."""
        if self._made is None or not self._compares:
            return []
        return left_behind(self._made, self._before, self._alarm_seconds)


def left_behind(made: MadeByTests, before: State, seconds: float) -> list[str]:
    """What differs from before. Alarms have some time to end."""
    found: dict[str, str] = {}

    def alarms_differ() -> bool:
        found.clear()
        found.update(caused_by_tests(made, differences(before, read_state(made.platform))))
        return any(each.startswith(ALARM) for each in found)

    with suppress(PollTimeout):  # then the alarms are in the list
        poll(alarms_differ, lambda differ: not differ, seconds)
    tests = {thing: made.test_of(f"{thing} {content}") for thing, content in found.items()}
    return [f"{thing}, by {test or 'a test that is not known'}" for thing, test in tests.items()]


def caused_by_tests(made: MadeByTests, found: dict[str, str]) -> dict[str, str]:
    """The differences that tests may have caused.

    Left out are dead letters that name nothing of a test, such as those of a schedule, the alarms about them, and the
    alarms that end by themselves.
    """
    others = {thing for thing, content in found.items() if thing.startswith(DEAD_LETTER) and not made.test_of(content)}
    stacks = {thing.removeprefix(f"{DEAD_LETTER} ").partition("-DeadLetters")[0] for thing in others}
    others |= {f"{ALARM} {stack}-dead-letters is new" for stack in stacks}
    others |= {thing for thing in found if thing.startswith(ALARM) and any(name in thing for name in AGEING_ALARMS)}
    return {thing: content for thing, content in found.items() if thing not in others}


_STATE = pytest.StashKey[CleanUp]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nothing-left", action="store_true", help="fail if the platform differs after the tests marked as deployed"
    )
    parser.addoption(
        "--alarm-seconds", type=float, default=ALARM_SECONDS, help="how long --nothing-left waits for alarms to end"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_STATE] = CleanUp(
        compares=config.getoption("--nothing-left"), alarm_seconds=config.getoption("--alarm-seconds")
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("deployed"):
        item.config.stash[_STATE].begin(item.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    yield
    clean_up = item.config.stash[_STATE]
    if nextitem is None:
        clean_up.at_end()
        if left := clean_up.differences():
            pytest.fail("the tests left on the platform:\n" + "\n".join(f"- {each}" for each in left), pytrace=False)
    elif nextitem.path != item.path:
        clean_up.after_file()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A session that was stopped early, by `-x` or by its user, has no last test. Its fixtures are torn down before."""
    session.config.stash[_STATE].at_end()
