"""`make redrive` without a service: a table of all services' dead letters. Nothing is sent or deleted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.operate.redrive.__main__ import arguments, wanted
from tools.operate.redrive.overview import Row, overview, table
from tools.project import services
from tools.project.aws import Target
from tools.project.environments import Environment

TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}},
}


class Account:
    """An account that moto simulates, with the dead-letter queues of some services in nested stacks, as on AWS."""

    def __init__(self) -> None:
        session = boto3.Session(region_name="eu-west-1")
        self.target = Target(Environment("dev", "aws", "eu-west-1"), session)
        self.sqs: Any = self.target.client("sqs")
        self.urls: dict[str, str] = {}

    def deploy(self, service: str) -> None:
        bucket = self.target.client("s3")
        place = {"LocationConstraint": "eu-west-1"}
        bucket.create_bucket(Bucket=f"templates-{service}", CreateBucketConfiguration=place)
        bucket.put_object(Bucket=f"templates-{service}", Key="nested.json", Body=json.dumps(TEMPLATE))
        url = f"https://templates-{service}.s3.eu-west-1.amazonaws.com/nested.json"
        outer = {
            "Resources": {"DeadLetters": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
        }
        self.target.cloudformation.create_stack(StackName=f"ecommerce-dev-{service}", TemplateBody=json.dumps(outer))
        nested_stack = self.target.cloudformation.describe_stack_resource(
            StackName=f"ecommerce-dev-{service}", LogicalResourceId="DeadLetters"
        )["StackResourceDetail"]["PhysicalResourceId"]
        (stack,) = self.target.cloudformation.describe_stacks(StackName=nested_stack)["Stacks"]
        (output,) = stack["Outputs"]
        self.urls[service] = output["OutputValue"]

    def add_dead_letter(self, service: str, order: str, code: str) -> None:
        event = {"detail-type": "OrderCreated", "resources": [order], "detail": {}}
        attributes = {"ERROR_CODE": {"DataType": "String", "StringValue": code}}
        self.sqs.send_message(QueueUrl=self.urls[service], MessageBody=json.dumps(event), MessageAttributes=attributes)

    def rows(self, *options: str) -> dict[str, Row]:
        found = overview(self.target, services.discover().values(), partial(wanted, arguments(list(options))))
        return {row.service: row for row in found}


@pytest.fixture
def account(fake_aws: None) -> Iterator[Account]:
    with mock_aws():
        yield Account()


def counts(rows: dict[str, Row]) -> dict[str, int | None]:
    return {name: None if row.found is None else len(row.found) for name, row in rows.items()}


def test_every_service_with_a_queue_has_a_row(account: Account) -> None:
    for service in ("orders", "payment"):
        account.deploy(service)
    account.add_dead_letter("payment", "order-1", "INVALID_EVENT")
    account.add_dead_letter("payment", "order-2", "INVALID_EVENT")
    account.add_dead_letter("orders", "order-2", "OUTCOME_UNKNOWN")
    rows = account.rows()
    assert {"orders": 1, "payment": 2, "warehouse": None}.items() <= counts(rows).items()
    assert "delivery-pricing" not in rows, "it has no dead-letter queue"
    # The first look leaves nothing in flight: the second one finds the same.
    assert counts(account.rows()) == counts(rows)
    assert {name for name, row in rows.items() if row.in_flight} == set()


def test_a_filter_counts_what_it_selects(account: Account) -> None:
    for service in ("orders", "payment"):
        account.deploy(service)
        account.add_dead_letter(service, "order-1", "INVALID_EVENT")
    account.add_dead_letter("payment", "order-2", "OUTCOME_UNKNOWN")
    rows = counts(account.rows("--about", "order-2"))
    assert (rows["orders"], rows["payment"]) == (0, 1)


def test_dead_letters_in_flight_are_counted_apart(account: Account) -> None:
    account.deploy("orders")
    account.add_dead_letter("orders", "order-1", "INVALID_EVENT")
    account.sqs.receive_message(QueueUrl=account.urls["orders"])
    row = account.rows()["orders"]
    assert (row.found, row.in_flight) == ([], 1)
    assert "1 more in flight" in table([row], datetime.now(UTC))


def test_the_table(account: Account) -> None:
    account.deploy("payment")
    for code in ("INVALID_EVENT", "INVALID_EVENT", "OUTCOME_UNKNOWN"):
        account.add_dead_letter("payment", "order-1", code)
    rows = [Row("delivery", None), Row("orders", []), account.rows()["payment"]]
    later = datetime.now(UTC) + timedelta(hours=3)
    assert table(rows, later, "ENVIRONMENT=dev make redrive").splitlines() == [
        "service   dead letters  oldest  reasons",
        "delivery  -                     not deployed",
        "orders    0",
        "payment   3             3 h     2 INVALID_EVENT, 1 OUTCOME_UNKNOWN",
        "",
        "ENVIRONMENT=dev make redrive SERVICE=payment DRY_RUN=1 lists them; without DRY_RUN they are sent back",
    ]
    assert table(rows[:2], later).splitlines()[-1].startswith("orders")


@pytest.mark.parametrize("options", [["--drop", "--id", "8f"], ["--show"], ["--with", "x.json", "--id", "8f"]])
def test_what_changes_or_shows_a_dead_letter_needs_a_service(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        arguments(options)
    assert "need one SERVICE=..." in capsys.readouterr().err
