"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import DEAD_LETTERS, READS_A_QUEUE, Template
from search_service import following, rows, snapshots
from search_service.repository import BY_VERSION
from tools.project.services import one, read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
QUEUE = TEMPLATE.properties("EventsQueue")
TABLE = TEMPLATE.properties("Table")


def test_the_contracts_parameters() -> None:
    assert {"table/name", "resolvers/search/arn"} <= TEMPLATE.parameters("search")


def test_it_needs_the_catalogue_and_the_warehouse() -> None:
    assert one("search").dependencies == ("platform", "products", "warehouse")


def test_every_change_of_a_product_and_its_stock_wakes_it() -> None:
    assert {name for _, name in TEMPLATE.consumed_events()} == {
        "ProductCreated",
        "ProductModified",
        "ProductDeleted",
        "StockChanged",
    }


def test_the_latest_changes_are_read_consistently() -> None:
    """Only a local index can be read so."""
    (index,) = TABLE["LocalSecondaryIndexes"]
    assert index["IndexName"] == BY_VERSION
    assert index["KeySchema"][1] == {"AttributeName": "version", "KeyType": "RANGE"}
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert "GlobalSecondaryIndexes" not in TABLE


def test_the_table_survives_its_stack_and_forgets_deleted_products() -> None:
    assert TEMPLATE.is_retained("Table")
    assert TABLE["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_nothing_that_was_deleted_comes_back_from_an_old_copy() -> None:
    """Whatever is older than the rows of deleted products is read anew. TTL deletes no item early."""
    kept = rows.KEEP_DELETED.total_seconds() * 1000
    assert kept > following.FORGOTTEN + following.OVERLAP
    assert snapshots.USED_FOR.total_seconds() * 1000 + following.FORGOTTEN + following.OVERLAP < kept
    assert snapshots.USED_FOR < snapshots.KEPT_FOR


def test_a_row_is_stored_before_the_overlap_ends() -> None:
    """A row has its version before it is written; a function cannot write longer than it lives."""
    limit = TEMPLATE.properties("OnProductEventFunction")["Timeout"]
    assert limit * 1000 <= following.OVERLAP


def test_the_functions_may_do_what_they_need_and_no_more() -> None:
    reads = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
    assert TEMPLATE.actions("GraphqlSearchFunction") == reads
    writes = {"dynamodb:BatchGetItem", "dynamodb:PutItem", "execute-api:Invoke", "sqs:SendMessage"}
    assert TEMPLATE.actions("OnProductEventFunction") == writes | READS_A_QUEUE
    assert TEMPLATE.actions("EveryQuarterHourSnapshotFunction") == {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
    }


def test_events_wait_in_the_queue_for_about_a_day() -> None:
    TEMPLATE.check_rules()
    assert QUEUE["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
    assert QUEUE["RedrivePolicy"]["maxReceiveCount"] >= 96
    assert QUEUE["MessageRetentionPeriod"] >= 2 * 86_400
    assert QUEUE["VisibilityTimeout"] >= 6 * TEMPLATE.properties("OnProductEventFunction")["Timeout"]


def test_only_the_rules_may_send_to_the_queue() -> None:
    (policy,) = TEMPLATE.of_type("AWS::SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    rules = [{"Fn::GetAtt": [rule, "Arn"]} for rule in ("ProductsRule", "WarehouseRule")]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rules}}
