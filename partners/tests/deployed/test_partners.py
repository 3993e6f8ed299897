"""Partners on the running platform: keys, references, other companies' orders."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ecom.dynamo import Table
from ecom.order_ids import order_id_of
from ecom_client.journey import ADDRESS, Shopper, new_product
from ecom_client.made import made, new_id
from ecom_client.people import Person
from ecom_client.platform import Answer, Platform, send
from ecom_client.polling import poll
from ecom_testkit.mailbox import Mailbox
from tools.operate.partner import Partners, arguments, run

pytestmark = pytest.mark.deployed

README = Path(__file__).parents[2] / "README.md"


def partners_of(platform: Platform) -> Partners:
    table = Table(platform.client("dynamodb"), platform.parameter("partners/table/name"))
    plan = platform.parameter("partners/usage-plan/id")
    return Partners(platform.client("apigateway"), table, plan, f"ecommerce-{platform.environment}-partners")


def operate(platform: Platform, *argv: str) -> str:
    return run(partners_of(platform), arguments(argv), datetime.now(UTC))


@dataclass
class Company:
    """A partner's program."""

    platform: Platform
    name: str
    key: str

    def call(self, method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
        headers = {"x-api-key": self.key if key is None else key}
        url = self.platform.parameter("partners/api/url")
        return poll(lambda: send(method, url + path, body, headers), lambda answer: answer.status != 503, seconds=30)

    def order(self, reference: str, product: Any, token: str, **changes: Any) -> Answer:
        made(order_id_of(f"partner:{self.name}", reference))
        lines = [{"productId": product["productId"], "quantity": 2}]
        body = {"reference": reference, "products": lines, "address": ADDRESS, "paymentToken": token}
        return self.call("POST", "/orders", {**body, **changes})


def new_company(platform: Platform) -> Company:
    name = f"test-{uuid.uuid4().hex}"  # unique: what contains it is removed
    made(f"partner:{name}")
    key = operate(platform, "--name", name).rpartition(" ")[2]
    company = Company(platform, name, key)
    poll(lambda: company.call("GET", "/orders?reference=none").status, lambda status: status == 404, seconds=60)
    return company


@pytest.fixture
def acme(platform_outside: Platform) -> Iterator[Company]:
    company = new_company(platform_outside)
    yield company
    if partners_of(platform_outside).keys(company.name):
        operate(platform_outside, "--name", company.name, "--revoke")


@pytest.fixture
def payer(platform_outside: Platform, shopper: Person) -> Shopper:
    """Holds the money: a partner uses the provider as shoppers do."""
    return Shopper(platform_outside, shopper)


@pytest.fixture
def kettle(platform_outside: Platform) -> Any:
    return new_product(platform_outside, price=1000)


def total_for(payer: Shopper, kettle: Any) -> int:
    return 2000 + payer.delivery_price([{**kettle, "quantity": 2}])


def test_an_order_with_a_reference(acme: Company, payer: Shopper, kettle: Any) -> None:
    total = total_for(payer, kettle)
    reference, token = new_id(), payer.hold(total)
    answer = acme.order(reference, kettle, token, contact={"email": "orders@acme.example"})
    assert answer.status == 201, answer.body
    order = answer.body
    assert (order["status"], order["total"], order["reference"]) == ("NEW", total, reference)
    again = acme.order(reference, kettle, token, contact={"email": "orders@acme.example"})
    assert (again.status, again.body["orderId"]) == (200, order["orderId"])
    mismatch = acme.order(reference, kettle, token)
    assert (mismatch.status, [each["code"] for each in mismatch.body["problems"]]) == (409, ["IDEMPOTENCY_MISMATCH"])
    assert acme.call("GET", f"/orders?reference={reference}").body["orderId"] == order["orderId"]
    platform = acme.platform
    stored = platform.signed("GET", f"{platform.parameter('orders/api/url')}/backend/{order['orderId']}").body
    assert (stored["userId"], stored["channel"]) == (f"partner:{acme.name}", "partners")
    assert "acme.example" not in str(stored)
    if platform.endpoint:  # only the local cloud has a mailbox
        mails = Mailbox(platform).wait_for(to="orders@acme.example", about=order["orderId"], count=1)
        assert order["orderId"] in mails[0].subject
    cancelled = acme.call("POST", f"/orders/{order['orderId']}/cancel")
    assert (cancelled.status, cancelled.body["status"]) == (200, "CANCELLED")


def test_the_program_of_the_readme(acme: Company, payer: Shopper, kettle: Any) -> None:
    program = README.read_text().split("```python\n")[1].split("```")[0]
    made(order_id_of(f"partner:{acme.name}", "PO-1001"))
    environment = {
        "PARTNERS_URL": acme.platform.parameter("partners/api/url"),
        "PARTNERS_KEY": acme.key,
        "PRODUCT": kettle["productId"],
        "PAYMENT_TOKEN": payer.hold(total_for(payer, kettle)),
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert acme.call("GET", "/orders?reference=PO-1001").body["status"] == "NEW"


def test_refusals(acme: Company, kettle: Any) -> None:
    refused = acme.order(new_id(), kettle, new_id())
    assert (refused.status, [each["code"] for each in refused.body["problems"]]) == (409, ["PAYMENT_REFUSED"])
    wrong: list[dict[str, Any]] = [{"products": []}, {"address": {}}, {"contact": {"email": "x"}}, {"price": 1}]
    for change in wrong:
        answer = acme.order(new_id(), kettle, new_id(), **change)
        assert answer.status == 400, (change, answer.body)
    assert acme.call("GET", "/orders").status == 400
    assert acme.call("GET", "/orders/missing").status == 404
    for key in ("", "guessed-guessed-guessed"):
        answer = acme.call("GET", "/orders?reference=x", key=key)
        assert (answer.status, answer.body) == (403, {"message": "Forbidden"})


def test_another_partner_and_a_rotated_key(acme: Company, payer: Shopper, kettle: Any) -> None:
    platform, reference = acme.platform, new_id()
    order = acme.order(reference, kettle, payer.hold(total_for(payer, kettle))).body
    other = new_company(platform)
    for path in (f"/orders/{order['orderId']}", f"/orders?reference={reference}"):
        assert other.call("GET", path).status == 404
    assert other.call("POST", f"/orders/{order['orderId']}/cancel").status == 404
    operate(platform, "--name", other.name, "--revoke")
    poll(lambda: other.call("GET", "/orders?reference=x").status, lambda status: status == 403, seconds=60)
    old, acme.key = acme.key, operate(platform, "--name", acme.name, "--rotate").rpartition(" ")[2]
    assert old != acme.key
    found = poll(lambda: acme.call("GET", f"/orders/{order['orderId']}"), lambda each: each.status == 200, seconds=60)
    assert found.body["reference"] == reference
    poll(lambda: acme.call("GET", "/orders?reference=x", key=old).status, lambda status: status == 403, seconds=60)


def test_a_key_above_its_rate_is_refused_for_a_moment(acme: Company) -> None:
    """AWS applies the limits of a usage plan loosely, so the requests go on until one is refused."""

    def burst() -> list[int]:
        with ThreadPoolExecutor(16) as pool:
            return list(pool.map(lambda _: acme.call("GET", "/orders?reference=none").status, range(200)))

    statuses = poll(burst, lambda found: 429 in found, seconds=60, what="a request above the rate")
    assert set(statuses) == {404, 429}
    poll(lambda: acme.call("GET", "/orders?reference=none").status, lambda status: status == 404, seconds=30)
