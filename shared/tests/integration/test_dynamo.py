"""The DynamoDB table: Python values in and out, failures as types."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError, ReadTimeoutError
from botocore.stub import Stubber
from moto import mock_aws

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Table, TableBusy, TableUnavailable, TransactionFailed, transact
from ecom_testkit.lost_answers import LosesAnswers

NO_WAIT = Backoff(sleep=lambda _: None)


@pytest.fixture
def client(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="things",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


@pytest.fixture
def table(client: Any) -> Table:
    return Table(client, "things")


class TestValues:
    def test_an_item_is_read_as_it_was_written(self, table: Table) -> None:
        item = {"id": "a", "count": 1, "tags": ["x"], "nested": {"on": True, "none": None}}
        table.put(item)
        assert table.get({"id": "a"}) == item
        assert table.get({"id": "b"}) is None

    def test_many_items_are_read_in_batches_and_duplicates_once(self, table: Table) -> None:
        for number in range(120):
            table.put({"id": str(number)})
        keys = [{"id": str(number)} for number in (*range(130), 0, 1)]
        assert len(table.get_many(keys)) == 120
        assert table.get_many([]) == []

    def test_items_are_read_at_one_moment(self, table: Table) -> None:
        for name in ("a", "b"):
            table.put({"id": name, "count": 1})
        found = table.get_at_one_moment([{"id": "b"}, {"id": "missing"}, {"id": "a"}])
        assert found == [{"id": "b", "count": 1}, {"id": "a", "count": 1}]

    def test_all_pages_are_read(self, table: Table) -> None:
        for number in range(7):
            table.put({"id": str(number)})
        assert [len(page) for page in table.pages(Limit=3)] == [3, 3, 1]
        (found,) = table.pages(KeyConditionExpression="id = :id", values={"id": "4"})
        assert found == [{"id": "4"}]

    def test_an_update_returns_what_was_asked_for(self, table: Table) -> None:
        table.put({"id": "a", "count": 1})
        assert table.update({"id": "a"}, "SET #count = #count + :by", by=2) == {}
        after = table.update({"id": "a"}, "SET #count = #count + :by", "#count = :was", returns="ALL_NEW", by=2, was=3)
        assert after == {"id": "a", "count": 5}

    def test_a_deleted_item_is_returned(self, table: Table) -> None:
        table.put({"id": "a"})
        assert table.delete({"id": "a"}) == {"id": "a"}
        assert table.delete({"id": "a"}) is None


class TestConditions:
    @pytest.mark.parametrize(
        "write",
        [
            lambda table: table.put({"id": "a"}, "attribute_not_exists(id)"),
            lambda table: table.update({"id": "a"}, "SET #n = :n", "#n = :was", n=2, was=9),
            lambda table: table.delete({"id": "a"}, "#n = :was", was=9),
        ],
    )
    def test_a_failed_condition_returns_the_stored_item(self, table: Table, write: Callable[[Table], Any]) -> None:
        table.put({"id": "a", "n": 1})
        with pytest.raises(ConditionFailed) as failure:
            write(table)
        assert failure.value.item == {"id": "a", "n": 1}
        assert table.get({"id": "a"}) == {"id": "a", "n": 1}

    def test_a_condition_on_a_missing_item_returns_none(self, table: Table) -> None:
        with pytest.raises(ConditionFailed) as failure:
            table.update({"id": "a"}, "SET #n = :n", "attribute_exists(id)", n=1)
        assert failure.value.item is None

    def test_a_repeat_by_the_sdk_shows(self, client: Any, table: Table) -> None:
        repeating: Any = LosesAnswers(client, lambda: None)
        with pytest.raises(ConditionFailed) as failure:
            Table(repeating, table.name).put({"id": "a"}, "attribute_not_exists(id)")
        assert failure.value.is_repeat
        with pytest.raises(ConditionFailed) as failure:
            table.put({"id": "a"}, "attribute_not_exists(id)")
        assert not failure.value.is_repeat

    def test_a_transaction_writes_all_or_nothing(self, client: Any, table: Table) -> None:
        table.put({"id": "a"})
        writes = [table.put_entry({"id": "b"}), table.put_entry({"id": "a", "n": 2}, "attribute_not_exists(id)")]
        with pytest.raises(TransactionFailed) as failure:
            transact(client, writes)
        assert failure.value.items == {1: {"id": "a"}}
        assert table.get({"id": "b"}) is None
        transact(client, [writes[0], table.check_entry({"id": "a"}, "attribute_exists(id)")])
        assert table.get({"id": "b"}) == {"id": "b"}


OPERATIONS: dict[str, Callable[[Table], Any]] = {
    "get_item": lambda table: table.get({"id": "a"}),
    "batch_get_item": lambda table: table.get_many([{"id": "a"}]),
    "query": lambda table: table.page(KeyConditionExpression="id = :id", values={"id": "a"}),
    "scan": lambda table: table.page(),
    "put_item": lambda table: table.put({"id": "a"}),
    "update_item": lambda table: table.update({"id": "a"}, "SET #n = :n", n=1),
    "delete_item": lambda table: table.delete({"id": "a"}),
    "transact_write_items": lambda table: transact(table.client, [table.put_entry({"id": "a"})]),
}


@pytest.fixture
def stub(fake_aws: None) -> Iterator[Stubber]:
    client = boto3.client("dynamodb", region_name="us-east-1")
    with Stubber(client) as stub:
        yield stub


def stubbed(stub: Stubber) -> Any:
    return stub.client


class TestFailures:
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(
        ("code", "status", "expected"),
        [
            ("ProvisionedThroughputExceededException", 400, TableBusy),
            ("ThrottlingException", 400, TableBusy),
            ("RequestLimitExceeded", 400, TableBusy),
            ("TransactionConflictException", 400, TableBusy),
            ("TransactionInProgressException", 400, TableUnavailable),
            ("InternalServerError", 500, TableUnavailable),
            ("ServiceUnavailable", 503, TableUnavailable),
            ("ValidationException", 400, ClientError),
            ("AccessDeniedException", 400, ClientError),
            ("ResourceNotFoundException", 400, ClientError),
        ],
    )
    def test_every_operation_raises_the_same_types(
        self, stub: Stubber, operation: str, code: str, status: int, expected: type[Exception]
    ) -> None:
        stub.add_client_error(operation, code, http_status_code=status)
        with pytest.raises(expected):
            OPERATIONS[operation](Table(stubbed(stub), "things"))

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (ReadTimeoutError(endpoint_url="https://aws"), TableUnavailable),
            (EndpointConnectionError(endpoint_url="https://aws"), TableUnavailable),
            (ParamValidationError(report="a defect"), ParamValidationError),
        ],
    )
    def test_no_answer_is_an_unknown_outcome(self, operation: str, error: Exception, expected: type[Exception]) -> None:
        class Client:
            def __getattr__(self, name: str) -> Any:
                def fail(**_: Any) -> Any:
                    raise error

                return fail

        with pytest.raises(expected):
            OPERATIONS[operation](Table(Client(), "things"))  # type: ignore[arg-type]  # fails before anything is used

    @pytest.mark.parametrize(
        ("codes", "expected"),
        [
            (["None", "TransactionConflict"], TableBusy),
            (["ThrottlingError", "None"], TableBusy),
            (["ProvisionedThroughputExceeded", "TransactionConflict"], TableBusy),
            (["ConditionalCheckFailed", "TransactionConflict"], TransactionFailed),
            (["None", "ConditionalCheckFailed"], TransactionFailed),
            (["ValidationError", "ConditionalCheckFailed"], ClientError),
            (["ItemCollectionSizeLimitExceeded"], ClientError),
        ],
    )
    def test_a_cancelled_transaction_has_the_type_of_its_reasons(
        self, stub: Stubber, codes: list[str], expected: type[Exception]
    ) -> None:
        reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
        stub.add_client_error("transact_write_items", "TransactionCanceledException", modeled_fields=reasons)
        with pytest.raises(expected):
            OPERATIONS["transact_write_items"](Table(stubbed(stub), "things"))

    def test_a_conflict_has_the_positions_of_the_items(self, stub: Stubber) -> None:
        codes = ["None", "TransactionConflict", "ThrottlingError", "TransactionConflict"]
        reasons = {"CancellationReasons": [{"Code": code} for code in codes]}
        stub.add_client_error("transact_get_items", "TransactionCanceledException", modeled_fields=reasons)
        with pytest.raises(TableBusy) as busy:
            Table(stubbed(stub), "things").get_at_one_moment([{"id": name} for name in "abcd"])
        assert busy.value.conflicts == (1, 3)


class TestUnprocessedKeys:
    def test_unprocessed_keys_are_read_again(self, stub: Stubber) -> None:
        key = {"id": {"S": "b"}}
        unprocessed = {"UnprocessedKeys": {"things": {"Keys": [key]}}}
        stub.add_response("batch_get_item", {"Responses": {"things": [{"id": {"S": "a"}}]}, **unprocessed})
        stub.add_response("batch_get_item", {"Responses": {"things": [key]}, "UnprocessedKeys": {}})
        found = Table(stubbed(stub), "things").get_many([{"id": "a"}, {"id": "b"}], backoff=NO_WAIT)
        assert found == [{"id": "a"}, {"id": "b"}]

    def test_keys_that_stay_unprocessed_raise(self, stub: Stubber) -> None:
        for _ in range(3):
            unprocessed = {"UnprocessedKeys": {"things": {"Keys": [{"id": {"S": "a"}}]}}}
            stub.add_response("batch_get_item", {"Responses": {}, **unprocessed})
        with pytest.raises(TableBusy):
            Table(stubbed(stub), "things").get_many(
                [{"id": "a"}], backoff=Backoff(max_attempts=3, sleep=lambda _: None)
            )
