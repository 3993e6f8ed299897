"""What each function may do with each table. The tests of one template compare a function's actions, whatever table
they are about: an action on the wrong table is then a refusal on AWS only."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools.project.services import discover

TEMPLATES = {name: Template(service.template) for name, service in discover().items()}
READS_THE_STREAM = {
    "Table.StreamArn": ["DescribeStream", "GetRecords", "GetShardIterator"],
    "*": ["ListStreams"],  # it has no narrower resource
}
WRITES_WITH_STOCK = {"Table": ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]}
REFUNDS = {"Table": ["GetItem", "UpdateItem"], "RefundsTable": ["GetItem", "PutItem", "UpdateItem"]}
STORES_A_RETURN = {"Table": ["GetItem", "PutItem"]}
CHANGES_AN_ORDER = {"Table": ["GetItem", "UpdateItem"]}
PLAYS = ["BatchGetItem", "UpdateItem"]
# service -> function -> table -> actions. `Table/index/user` is an index.
RIGHTS: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]] = {
    "cart": {
        "GraphqlCartFunction": {"Table": ["DeleteItem", "GetItem", "PutItem"]},
        "RestCheckoutFunction": {
            "Table": ["GetItem"],
            "CheckoutsTable": ["DeleteItem", "GetItem", "PutItem", "UpdateItem"],
        },
        "OnOrderCreatedFunction": {"Table": ["GetItem", "PutItem"], "CheckoutsTable": ["GetItem", "UpdateItem"]},
    },
    "delivery-pricing": {},
    "delivery": {
        "GraphqlGetDeliveriesFunction": {"Table": ["GetItem"], "Table/index/queue": ["Query"]},
        "GraphqlDeliveryStepsFunction": {"Table": ["UpdateItem"]},
        "OnPackageCreatedFunction": {"Table": ["PutItem"]},
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "frontend-api": {},
    "notifications": {
        "OnOrderEventFunction": {
            "Table": ["DeleteItem", "PutItem"],
            "Addresses": ["DeleteItem", "GetItem", "PutItem"],
        },
        "OnUserCreatedFunction": {"Addresses": ["PutItem"]},
    },
    "orders": {
        "GraphqlCreateOrderFunction": {
            "Table": ["GetItem", "PutItem"],
            "PaymentTokens": ["DeleteItem", "GetItem", "PutItem", "UpdateItem"],
        },
        "GraphqlGetOrdersFunction": {"Table": ["BatchGetItem", "GetItem"], "Table/index/user": ["Query"]},
        "GraphqlCancelOrderFunction": CHANGES_AN_ORDER,
        "GraphqlOnOrderChangedFunction": CHANGES_AN_ORDER,
        "RestGetOrderFunction": {"Table": ["GetItem"]},
        "EveryMinuteLapseFunction": {"Table": ["BatchGetItem"]},
        "OnFulfilmentEventFunction": CHANGES_AN_ORDER,
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "partners": {
        "RestCreateOrderFunction": {
            "Table": ["GetItem"],
            "RequestsTable": ["DeleteItem", "GetItem", "PutItem", "UpdateItem"],
        },
        "RestGetOrdersFunction": {"Table": ["GetItem"], "RequestsTable": ["GetItem"]},
        "RestCancelOrderFunction": {"Table": ["GetItem"], "RequestsTable": ["GetItem"]},
        "RestGetContactFunction": {"RequestsTable": ["GetItem"]},
    },
    "payment": {
        "OnOrderEventFunction": {
            "Table": ["ConditionCheckItem", "GetItem", "PutItem", "UpdateItem"],
            "EarlyFactsTable": ["DeleteItem", "GetItem", "PutItem"],
            "RefundsTable": ["GetItem", "UpdateItem"],
        },
        "RestRefundFunction": REFUNDS,
        "GraphqlRefundOrderFunction": REFUNDS,
        "OnRefundStoredFunction": {"RefundsTable.StreamArn": READS_THE_STREAM["Table.StreamArn"], "*": ["ListStreams"]},
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "payment-3p": {
        "RestPreauthFunction": {"Table": ["PutItem"], "KeysTable": ["GetItem", "PutItem"]},
        "RestCheckFunction": {"Table": ["GetItem"], "ScriptsTable": PLAYS},
        "RestMerchantFunction": {
            "Table": ["GetItem", "PutItem"],
            "KeysTable": ["GetItem", "PutItem"],
            "ScriptsTable": ["BatchGetItem", "DeleteItem", "PutItem", "UpdateItem"],
        },
        "RestPaymentsFunction": {
            "Table": ["BatchGetItem", "GetItem"],
            "Table/index/holds": ["Query"],
            "ScriptsTable": PLAYS,
        },
    },
    "pictures": {
        "OnUploadFunction": {"Table": ["GetItem", "UpdateItem"]},
        "GraphqlPicturesFunction": {"Table": ["BatchGetItem", "DeleteItem", "GetItem", "PutItem", "UpdateItem"]},
        "OnProductDeletedFunction": {"Table": ["BatchGetItem", "DeleteItem", "GetItem", "UpdateItem"]},
        "OnPictureRemovedFunction": {"Table": ["UpdateItem"], **READS_THE_STREAM},
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "pipeline": {},
    "platform": {
        "WebsocketListenerFunction": {
            "ListenerTable": ["DeleteItem", "PutItem"],
            "ListenerTable/index/connection": ["Query"],
        },
        "OnAnyEventFunction": {"ListenerTable": ["DeleteItem", "Query"]},
    },
    "products": {
        "GraphqlGetProductsFunction": {"Table": ["GetItem", "Scan"], "Table/index/category": ["Query"]},
        "GraphqlEditProductsFunction": {"Table": ["DeleteItem", "PutItem", "UpdateItem"]},
        "RestValidateFunction": {"Table": ["BatchGetItem"]},
        "RestGetProductsFunction": {"Table": ["BatchGetItem", "Scan"]},
        "OnPictureEventFunction": {"Table": ["UpdateItem"], "DeletedPictures": ["ConditionCheckItem", "PutItem"]},
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "reconciliation": {
        "EveryHourReconcileFunction": {
            "OrdersTableName": ["BatchGetItem", "Scan"],
            "PaymentTableName": ["BatchGetItem", "Scan"],
            "WarehouseTableName": ["BatchGetItem", "Scan"],
            "DeliveryTableName": ["BatchGetItem", "Scan"],
            "ReturnsTableName": ["BatchGetItem", "Scan"],
            "CheckoutsTableName": ["BatchGetItem", "Scan"],
            "PartnerRequestsTableName": ["BatchGetItem", "Scan"],
            "PaymentTokensTableName": ["BatchGetItem"],
            "RefundsTableName": ["BatchGetItem"],
            "Table": ["GetItem", "PutItem"],
        },
    },
    "returns": {
        "StepRegisterFunction": STORES_A_RETURN,
        "StepWaitFunction": STORES_A_RETURN,
        "StepRestockFunction": {"Table": ["GetItem"]},
        "StepRefundFunction": STORES_A_RETURN,
        "GraphqlGetReturnsFunction": {
            "Table": ["BatchGetItem", "GetItem"],
            "Table/index/order": ["Query"],
            "Table/index/queue": ["Query"],
        },
        "GraphqlRequestReturnFunction": STORES_A_RETURN,
        "GraphqlChangeReturnFunction": STORES_A_RETURN,
        "RestGetReturnFunction": {"Table": ["GetItem"]},
        "OnReturnChangedFunction": {"Table": ["GetItem"], **READS_THE_STREAM},
        "OnTableChangeFunction": READS_THE_STREAM,
    },
    "users": {},
    "warehouse": {
        "GraphqlGetPackagingFunction": {"Table": ["BatchGetItem", "GetItem"], "Table/index/queue": ["Query"]},
        "GraphqlGetAvailabilityFunction": {"Table": ["BatchGetItem"]},
        "GraphqlSetStockFunction": {"Table": ["BatchGetItem", "GetItem", "UpdateItem"]},
        "GraphqlPackagingFunction": WRITES_WITH_STOCK,
        "RestReserveFunction": WRITES_WITH_STOCK,
        "RestReleaseFunction": WRITES_WITH_STOCK,
        "RestGetDueFunction": {"Table/index/queue": ["Query"]},
        "RestSettleDueFunction": WRITES_WITH_STOCK,
        "RestCancelFunction": WRITES_WITH_STOCK,
        "RestGetLevelsFunction": {"Table": ["BatchGetItem"]},
        "RestRestockFunction": {"Table": [name for name in WRITES_WITH_STOCK["Table"] if name != "GetItem"]},
        "OnOrderEventFunction": WRITES_WITH_STOCK,
        "OnTableChangeFunction": READS_THE_STREAM,
    },
}


def table_of(resource: Any) -> str:
    """`Table` of `!GetAtt Table.Arn`, and of `!Sub ${Table.Arn}/index/user` with the index."""
    match resource:
        case {"Fn::GetAtt": [name, "Arn"]}:
            return str(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Fn::Sub": str(text)}:
            return text.rpartition(":table/")[2].replace(".Arn}", "}").replace("${", "").replace("}", "")
    return str(resource)


def rights_of(template: Template, function: str) -> Iterator[tuple[str, str]]:
    """(table, action) of each statement about DynamoDB."""
    for statement in template.statements(function):
        actions, resources = (
            each if isinstance(each, list) else [each] for each in (statement["Action"], statement["Resource"])
        )
        for action in actions:
            service, _, name = action.partition(":")
            if service == "dynamodb":
                yield from ((table_of(resource), name) for resource in resources)


@pytest.mark.parametrize("service", sorted(RIGHTS))
def test_a_function_may_do_with_a_table_what_it_does_and_no_more(service: str) -> None:
    template = TEMPLATES[service]
    found = {
        function: sorted(rights)
        for function in template.of_type("AWS::Serverless::Function")
        if (rights := list(rights_of(template, function)))
    }
    assert found == {
        function: sorted((table, action) for table, actions in tables.items() for action in actions)
        for function, tables in RIGHTS[service].items()
    }
