"""The inbox's table, on moto."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Lock
from typing import Any, cast

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from ecom.dynamo import plain
from ecom.errors import TryAgain
from ecom.inbox import MAX_ATTEMPTS, Inbox, InboxTable, Outdated
from ecom_testkit.lambda_events import NOON
from shared.tests.inbox_contract import InboxContract, event

TABLE, OWN = "inbox", "own"


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name in (TABLE, OWN):
            client.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            )
        yield client


@pytest.fixture
def table(dynamodb: Any) -> InboxTable:
    return InboxTable(dynamodb, TABLE, lambda: NOON)


class TestInboxTable(InboxContract):
    @pytest.fixture
    def inbox(self, table: InboxTable, dynamodb: Any) -> Inbox:
        self.dynamodb = dynamodb
        return table

    def write(self, name: str, *, unless_there: bool = False) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": OWN, "Item": {"id": {"S": name}}}
        if unless_there:
            put |= {
                "ConditionExpression": "attribute_not_exists(id)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        return {"Put": put}

    def left(self, inbox: Inbox) -> list[str]:
        return sorted(item["id"]["S"] for item in self.dynamodb.scan(TableName=OWN)["Items"])


def test_a_record_expires(dynamodb: Any, table: InboxTable) -> None:
    table.once(event())
    table.newest(event("event-2", 1), "order-1")
    notes = [plain(item) for item in dynamodb.scan(TableName=TABLE)["Items"]]
    assert {note["expiresAt"] for note in notes} == {int((NOON + timedelta(days=90)).timestamp())}


def test_a_transaction_holds_99_writes_beside_the_record(table: InboxTable) -> None:
    writes: list[Any] = [{"Put": {"TableName": OWN, "Item": {"id": {"S": str(number)}}}} for number in range(100)]
    with pytest.raises(ValueError, match="100 writes: a transaction takes 99"):
        table.once(event(), *writes)
    assert table.once(event(), *writes[:99]).is_new


class OneAtATime:
    """A client whose requests run one at a time: a request to DynamoDB is atomic, a request to moto is not."""

    def __init__(self, client: Any) -> None:
        self._client, self._lock = client, Lock()

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            with self._lock:
                return getattr(self._client, name)(**request)

        return call


def test_concurrent_deliveries_of_one_event_are_handled_once(dynamodb: Any) -> None:
    table = InboxTable(cast("Any", OneAtATime(dynamodb)), TABLE, lambda: NOON)
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(lambda _: table.once(event()), range(16)))
    assert [verdict.is_new for verdict in verdicts].count(True) == 1


def test_outdated_has_the_stored_items(dynamodb: Any, table: InboxTable) -> None:
    dynamodb.put_item(TableName=OWN, Item={"id": {"S": "a"}, "more": {"N": "1"}})
    write: Any = {
        "Put": {
            "TableName": OWN,
            "Item": {"id": {"S": "a"}},
            "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
    }
    with pytest.raises(Outdated) as refused:
        table.once(event(), write)
    assert refused.value.items == ({"id": "a", "more": 1},)


@pytest.mark.parametrize(
    ("code", "status", "reasons"),
    [
        ("TransactionCanceledException", 400, [{"Code": "TransactionConflict"}]),
        ("TransactionCanceledException", 400, [{"Code": "None"}, {"Code": "ThrottlingError"}]),
        ("ThrottlingException", 400, []),
        ("InternalServerError", 500, []),
    ],
)
def test_a_busy_table_raises_try_again(fake_aws: None, code: str, status: int, reasons: list[Any]) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as stub:
        modeled = {"CancellationReasons": reasons} if reasons else {}
        stub.add_client_error("transact_write_items", code, http_status_code=status, modeled_fields=modeled)
        with pytest.raises(TryAgain):
            InboxTable(client, TABLE, lambda: NOON).once(event())


def test_the_error_of_an_invalid_request_is_raised(fake_aws: None) -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("transact_write_items", "ValidationException", http_status_code=400)
        with pytest.raises(client.exceptions.ClientError):
            InboxTable(client, TABLE, lambda: NOON).once(event())


def test_after_a_race_with_a_newer_event_the_event_is_stale(dynamodb: Any, table: InboxTable) -> None:
    """Between the read and the write a concurrent delivery handled a newer event: this one is stale."""
    table.newest(event("event-1", 1), "order-1")
    racing = InboxTable(_racing(dynamodb, table, times=1), TABLE, lambda: NOON)
    verdict = racing.newest(event("event-2", 2), "order-1")
    assert verdict.outcome.value == "stale"


def test_races_at_every_attempt_raise_try_again(dynamodb: Any, table: InboxTable) -> None:
    table.newest(event("event-1", 1), "order-1")
    racing = InboxTable(_racing(dynamodb, table, times=MAX_ATTEMPTS, first=10), TABLE, lambda: NOON)
    with pytest.raises(TryAgain):
        racing.newest(event("event-99", 99), "order-1")


class _Racing:
    """A client with which another event is handled between each read and the write that follows."""

    def __init__(self, client: Any, table: InboxTable, times: int, first: int = 3) -> None:
        self._client, self._table, self._left, self._next = client, table, times, first

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **arguments: Any) -> Any:
        answer = self._client.get_item(**arguments)
        if self._left:
            self._left -= 1
            assert self._table.newest(event(f"racing-{self._next}", self._next), "order-1").is_new
            self._next += 1
        return answer


def _racing(client: Any, table: InboxTable, times: int, first: int = 3) -> Any:
    return _Racing(client, table, times, first)
