"""The examples of docs/getting_started.md run, with the described results."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecom_client.made import made
from ecom_client.platform import Platform
from ecom_client.polling import poll
from tests.deployed.aws_cli import with_aws_cli
from tools.explore import demo_data
from tools.local.client import Cloud
from tools.local.home import Home

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("its commands read the files of a local cloud")]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "getting_started.md").read_text()


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def demo(platform_outside: Platform) -> Iterator[None]:
    """The demo data, and afterwards the products, their stock and the shopper's cart as before: the examples change
    them. Their orders are removed."""
    demo_data.seed(Cloud(Home.from_environment()))
    client, products = platform_outside.client("dynamodb"), platform_outside.parameter("products/table/name")
    before = [product for product in items(platform_outside, products) if product["productId"]["S"].startswith("demo-")]
    warehouse = platform_outside.parameter("warehouse/table/name")
    counted = stock_of_demo(platform_outside, warehouse)
    carts = platform_outside.parameter("cart/table/name")
    cart_key = {"cartKey": {"S": f"user#{shopper_id(platform_outside)}"}}
    cart = client.get_item(TableName=carts, Key=cart_key).get("Item")
    known = orders_of_shopper(platform_outside)
    partners = platform_outside.parameter("partners/table/name")
    keys = keys_of_the_page(platform_outside, partners)
    yield
    for key in keys_of_the_page(platform_outside, partners) - keys:  # a revoked key keeps its row
        client.delete_item(TableName=partners, Key={"keyId": {"S": key}})
    for product in before:
        client.put_item(TableName=products, Item=product)
    for key in stock_of_demo(platform_outside, warehouse).keys() - counted.keys():
        client.delete_item(TableName=warehouse, Key={"id": {"S": key}})
    for item in counted.values():
        client.put_item(TableName=warehouse, Item=item)
    if cart is None:
        client.delete_item(TableName=carts, Key=cart_key)
    else:
        client.put_item(TableName=carts, Item=cart)
    for order_id in orders_of_shopper(platform_outside) - known:
        made(order_id)


def stock_of_demo(platform: Platform, table: str) -> dict[str, dict[str, Any]]:
    return {item["id"]["S"]: item for item in items(platform, table) if item["id"]["S"].startswith("stock#demo-")}


def items(platform: Platform, table: str) -> list[dict[str, Any]]:
    pages = platform.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"]]


def keys_of_the_page(platform: Platform, table: str) -> set[str]:
    """The keys of the partner that the page makes."""
    found = items(platform, table)
    return {item["keyId"]["S"] for item in found if item.get("partner", {}).get("S") == "getting-started"}


def shopper_id(platform: Platform) -> str:
    """The id of the demo shopper, whose user stays."""
    pool, (email, _) = platform.parameter("users/user-pool/id"), demo_data.PEOPLE["shopper"]
    user = platform.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=email)
    return str(next(each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub"))


def orders_of_shopper(platform: Platform) -> set[str]:
    user_id = shopper_id(platform)
    orders = items(platform, platform.parameter("orders/table/name"))
    return {order["orderId"]["S"] for order in orders if order.get("userId") == {"S": user_id}}


def run(script: str, *command: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "shared" / "src")}
    script = script.replace(".venv/bin/python", sys.executable)
    return subprocess.run(
        [*command, script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=seconds, check=False
    )


RETURN = "## A cart, its checkout, and a return\n"


def examples_of_the_return() -> list[str]:
    """They go on from each other."""
    section = PAGE.split(RETURN)[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


SHELL = [example for example in examples("sh") if "tools." in example and example not in examples_of_the_return()]


def test_the_page_has_examples() -> None:
    assert len(SHELL) >= 4
    assert len(examples("python")) == 2


@pytest.mark.parametrize("script", SHELL, ids=range(len(SHELL)))
def test_a_shell_example(script: str) -> None:
    done = run(script, "bash", "-c")
    if "--as shopper" in script and "deleteProduct" in script:
        assert '"Unauthorized"' in done.stdout
    else:
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.strip()


def test_a_cart_is_checked_out_and_a_lamp_comes_back() -> None:
    *parts, history = examples_of_the_return()
    parts.append(history.replace(".local/env", shlex.quote(str(Home.from_environment().env))))
    done = run(with_aws_cli("\n".join(parts)), "bash", "-c", seconds=240)
    for order_id in re.findall(r'"orderId": "([^"]*)"', done.stdout):
        made(order_id)  # the partner's is no order of the shopper
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r'"carrier": "Bike Post",\s+"trackingNumber": "BP-1"', done.stdout)
    assert re.search(r'"amount": 500,\s+"status": "(DONE|PENDING)"', done.stdout)
    assert re.search(r'"reference": ?"PO-', done.stdout)
    assert '"subtotal": 9980' in done.stdout
    assert '"status": "APPROVED"' in done.stdout
    assert '"refund": 4990' in done.stdout
    assert done.stdout.split("\n")[-2].split()[:3] == ["Register", "IsRequested", "AwaitDecision"]
    (return_id,) = set(re.findall(r'"returnId": "(.*)"', done.stdout))
    query = f'{{ getReturn(returnId: "{return_id}") {{ status }} }}'
    command = (sys.executable, "-m", "tools.explore.ask", "--as", "shopper")
    poll(lambda: run(query, *command).stdout, lambda text: '"REFUNDED"' in text, seconds=60)
    order_id = return_id.partition("_")[2]  # the client token of the example
    timeline = run(order_id, sys.executable, "-m", "tools.operate.timeline", "--json")
    steps = [step for step in json.loads(timeline.stdout)["steps"] if step["service"] == "returns"]
    assert [step["status"] for step in steps] == ["REQUESTED", "APPROVED", "RECEIVED", "REFUNDED"]


def test_the_demo_of_a_return_ends_with_the_stock_and_the_money_back() -> None:
    done = run("return", sys.executable, "-m", "tools.explore.demo", "--fail", seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "POST /checkout" in done.stdout
    assert re.search(r"PARTIALLY_REFUNDED.*\n(.*\n)?.* refunded [1-9]", done.stdout), "an example changes the price"
    assert "Refund\n            > IsRestocked > Ended\n" in done.stdout
    _, _, refunds = done.stdout.partition("The lamp has a scratch")
    goodwill, _, lost = refunds.partition("but its answer is lost")
    assert re.search(r"refundOrder .*5\.00.* for the scratch, DONE", goodwill)
    assert re.search(r"refundOrder .*5\.00.* for the delay, PENDING", lost)
    assert re.search(r"asked again with the same key; the refund is DONE", lost)
    assert re.search(r"5\.00.* were paid back once", lost)
    _, _, mails = done.stdout.partition("The mails to the shopper")
    assert re.search(r"Send the goods .* back\n +Your return of goods .* is finished\n", mails)


def test_the_program_of_a_storefront_orders_subscribes_and_cancels() -> None:
    done = run(examples("python")[0], sys.executable, "-c")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "NEW"
    assert lines[-1] == "live: {'status': 'CANCELLED', 'paymentStatus': 'VOIDED'}"


def test_the_program_of_a_service_calls_another_service() -> None:
    done = run(examples("python")[1], sys.executable, "-c")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("200 product 'demo-lamp' differs in package, price"), done.stdout


def test_the_status_shows_what_a_storefront_needs() -> None:
    done = run("status", sys.executable, "-m", "tools.local_platform")
    assert done.returncode == 0, done.stderr
    wanted = json.loads(run("json", sys.executable, "-m", "tools.explore.storefront_config", "--format").stdout)
    assert {"apiUrl", "apiKey", "userPoolId", "storefrontClientId", "paymentUrl", "returnsUrl"} <= set(wanted)
    for value in wanted.values():
        assert f" {value}\n" in done.stdout
