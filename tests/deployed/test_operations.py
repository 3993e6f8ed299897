"""The commands of docs/operations.md run against the platform, as an operator would type them."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.returns import Returns
from tests.deployed.aws_cli import with_aws_cli
from tools.explore import demo_data
from tools.local.client import Cloud
from tools.local.home import Home

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("its commands read the files of a local cloud")]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE.replace("\n   ", "\n"), re.DOTALL)
# Commands in the text and in tables. These are left out: they end when they are interrupted, need minutes or a service
# of the reader's, or deploy.
NOT_HERE = (
    "make run",
    "make demo",
    "make deploy",
    "make events-tail",
    "make load",
    "make cost",
    "make rollback",
    "make timeline",  # an example of the page has it with an order
    "make redrive SERVICE=...",
)
INLINE = sorted(
    command
    for command in set(re.findall(r"`(make [a-z-]+[^`]*)`", PAGE))
    if not command.startswith(NOT_HERE) and not re.search(r"FOLLOW|ORDER=$|=\.\.\.|REPAIR", command)
)


@dataclass(frozen=True)
class Known:
    order_id: str
    return_id: str


@pytest.fixture(scope="module")
def known(platform_outside: Platform, shopper: Person, admin: Person) -> Known:
    """An order that was delivered and paid, and one unit of it that came back."""
    demo_data.seed(Cloud(Home.from_environment()))
    buyer, staff, product = (
        Shopper(platform_outside, shopper),
        Staff(platform_outside, admin),
        new_product(platform_outside),
    )
    order_id = buyer.buy(lines((product, 3)))["orderId"]
    staff.pack(order_id)
    staff.deliver(order_id)
    buyer.wait_for(order_id, 60, status="FULFILLED", paymentStatus="CAPTURED")
    asked = Returns(buyer).request(order_id, [{"productId": product["productId"], "quantity": 1}], new_id())
    return_id = asked["returnId"]
    Returns(staff).approve(return_id)
    Returns(staff).receive(return_id, [{"productId": product["productId"], "quantity": 1, "condition": "RESTOCK"}])
    Returns(buyer).wait_for(return_id, "REFUNDED", 60)
    return Known(order_id, return_id)


def the_example(*texts: str) -> str:
    """The one example that contains all of the texts."""
    (found,) = (example for example in EXAMPLES if all(text in example for text in texts))
    return str(found)


def run(script: str, known: Known, seconds: float = 240, *, stops: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a script in a shell, with the ids of this module. `stops`: at the first command that fails."""
    for wanted, given in (
        (". .local/env", f". {shlex.quote(str(Home.from_environment().env))}"),
        ("RETURN=...", f"RETURN={known.return_id}"),
        ("ORDER=...", f"ORDER={known.order_id}"),
        ("ORDER_ID", known.order_id),
        ('orderId: "..."', f'orderId: "{known.order_id}"'),
        ("amount: 3990", "amount: 1"),
        ("return-1", known.return_id[-12:]),
        (".venv/bin/python", sys.executable),
    ):
        script = script.replace(wanted, given)
    environ = {name: value for name, value in os.environ.items() if name not in ("ENVIRONMENT", "CONFIRM", "MAKEFLAGS")}
    environ["PYTHONPATH"] = str(ROOT / "shared" / "src")
    command = ["bash", "-c", f"set -{'e' if stops else 'u'} -o pipefail\n{with_aws_cli(script)}"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=seconds, check=False)


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_example_of_the_page_is_run_here() -> None:
    assert len(EXAMPLES) == 10
    assert len(INLINE) >= 10


@pytest.mark.parametrize("command", INLINE)
def test_a_command_of_the_text(command: str, known: Known) -> None:
    done = run(re.sub(r"\bX\b", known.order_id, command), known)
    if "reconcile" in command and done.returncode == 1:
        # Something of other tests may be under way. Then it lists it.
        assert " what to do" in done.stdout or "finding" in done.stdout, done.stdout + done.stderr
    elif command == "make alarms" and done.returncode:
        # Of faults that other tests planted.
        assert re.search(r"^[1-9]\d* of \d+ in ALARM", done.stdout, re.M), done.stdout + done.stderr
    else:
        succeeded(done)
    assert "Traceback" not in done.stderr


def test_reconciliation(known: Known) -> None:
    script = the_example("make reconcile", "--within 300")
    about, older = (line for line in script.splitlines() if "--about" in line or "--older-than" in line)
    assert known.order_id in succeeded(run(about, known))
    assert '"findings"' in run(older, known).stdout
    repaired = next(line for line in script.splitlines() if "REPAIR=1" in line)
    assert "Traceback" not in run(repaired, known).stderr


def test_a_metric_of_the_business(known: Known) -> None:
    assert "Datapoints" in succeeded(run(the_example("get-metric-statistics"), known))


@contextmanager
def traffic(platform: Platform) -> Iterator[None]:
    """New products, whose events a command waits for."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.5):
            new_product(platform)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_events_as_they_happen(platform_outside: Platform, known: Known) -> None:
    script = the_example("make events-tail").replace("SOURCE=orders", "SOURCE=products")
    with traffic(platform_outside):
        out = succeeded(run(script, known))
    assert len(out.splitlines()) == 10
    assert all(" products " in line for line in out.splitlines())


def test_reindex(known: Known) -> None:
    dry, corrected = the_example("make reindex").splitlines()
    assert "nothing was written" in succeeded(run(dry, known))
    assert re.search(r"^\d+ products compared, \d+ rows written$", succeeded(run(corrected, known)), re.MULTILINE)


def test_replay(known: Known) -> None:
    listed, counted, sent = the_example("make replay").splitlines()
    assert "orders-DeliveryRule" in succeeded(run(listed, known))
    out = succeeded(run(counted, known))
    assert re.search(r"^\d+ archived events, ", out, re.MULTILINE)  # after the recipe, which `make --dry-run` prints
    assert "sent" not in out
    sent = sent.replace("FROM=10:00 TO=10:30", f"FROM=10m ORDER={known.order_id}")
    assert " events were sent; " in succeeded(run(sent, known))


def test_load(known: Known) -> None:
    out = run(the_example("make load"), known, seconds=480).stdout
    assert "POST /checkout" in out or "getProducts" in out
    assert "the reconciliation found nothing about what the run made, and no dead letter mentions it" in out


def test_the_state_machine_of_a_return(known: Known) -> None:
    out = succeeded(run(the_example("describe-execution"), known))
    assert '"status": "SUCCEEDED"' in out
    assert '"ExecutionSucceeded"' in out


def test_a_refund_of_goodwill(known: Known) -> None:
    assert '"status": "' in succeeded(run(the_example("refundOrder"), known))


def test_the_aws_cli(known: Known) -> None:
    out = succeeded(run(the_example("describe-stack-events"), known))
    for text in (
        '"invocations"',
        "ecommerce-local-orders-",
        "ENABLED",
        "ApproximateNumberOfMessages",
        "FULFILLED",
        "CREATE_COMPLETE",
    ):
        assert text in out, text


def test_traces_are_refused_with_a_reason(known: Known) -> None:
    done = run(". .local/env\naws xray get-trace-summaries --start-time 1 --end-time 2", known)
    assert done.returncode != 0
    assert "ServiceNotOnTheLocalCloud" in done.stderr
    assert "The local cloud has no xray" in done.stderr


def test_practice_with_the_reconciliation(known: Known) -> None:
    done = run(the_example("DELIVERED_NOT_CAPTURED"), known, stops=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DELIVERED_NOT_CAPTURED" in done.stdout
