"""A page that is cut out first is the page that the engine gives; and it is the only part that is looked at."""

from pathlib import Path

from tools.tests.local.probes import run_unpatched

COMPARE = """
import json, random
from tools.local.engine import pages
dynamodb = frame.core("services.dynamodb")
scan, query = dynamodb._scan, dynamodb._query
keys = lambda *names: [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]
kinds = lambda **types: [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()]
def create(**table):
    status, _, body = dynamodb._create_table({"BillingMode": "PAY_PER_REQUEST", **table})
    assert status == 200, body

create(**{
    "TableName": "things", "KeySchema": keys("id"),
    "AttributeDefinitions": kinds(id="S", kind="S", at="N"),
    "GlobalSecondaryIndexes": [
        {"IndexName": f"by-{name}", "KeySchema": keys(*key), "Projection": {"ProjectionType": "ALL"}}
        for name, key in (("kind", ("kind", "id")), ("at", ("kind", "at")))
    ],
})
create(TableName="lines", KeySchema=keys("id", "at"), AttributeDefinitions=kinds(id="S", at="N"))
chance = random.Random(7)
for number in range(160):
    item = {"id": {"S": f"i{chance.randrange(10**6)}"}, "at": {"N": str(chance.randrange(-50, 50))}, "n": {"N": "1"}}
    if chance.random() < 0.8:
        item["kind"] = {"S": chance.choice("ab")}
    dynamodb._put_item({"TableName": "things", "Item": item})
    dynamodb._put_item({"TableName": "lines", "Item": {**item, "id": {"S": chance.choice("ab")}}})
pages.a_page_costs_what_it_reads()

def read_all(operation, request):
    seen, start = [], None
    while True:
        given = {**request, **({"ExclusiveStartKey": start} if start else {})}
        status, _, body = operation(given)
        page = json.loads(body)
        assert status == 200, page
        seen.append([page["Items"], page.get("LastEvaluatedKey"), page["ScannedCount"]])
        start = page.get("LastEvaluatedKey")
        if not start:
            return seen

values = {"ExpressionAttributeValues": {":v": {"S": "a"}}}
by = lambda name, **more: {"KeyConditionExpression": f"{name} = :v", **values, **more}
for limit in (1, 7, 60, 1000):
    for mine, theirs, request in (
        (dynamodb._scan, scan, {"TableName": "things"}),
        (dynamodb._query, query, {"TableName": "things", "IndexName": "by-kind", **by("kind")}),
        (dynamodb._query, query, {"TableName": "things", "IndexName": "by-at", **by("kind")}),
        (dynamodb._query, query, {"TableName": "things", "IndexName": "by-at", "ScanIndexForward": False,
            **by("kind")}),
        (dynamodb._query, query, {"TableName": "things", "IndexName": "by-at", "ScanIndexForward": False,
            **by("#o", ExpressionAttributeNames={"#o": "kind"})}),
        (dynamodb._query, query, {"TableName": "lines", **by("id")}),
        (dynamodb._query, query, {"TableName": "lines", "ScanIndexForward": False, **by("id")}),
        (dynamodb._query, query, {"TableName": "things", **by("id")}),
    ):
        request = {**request, "Limit": limit}
        assert read_all(mine, request) == read_all(theirs, request), request
print("same")
table = dynamodb._tables.get("things")
print(sum(len(sorts) for sorts in pages.scan_page(dynamodb, table, {"Limit": 20})["items"].values()))
request = {"IndexName": "by-kind", "Limit": 20, **by("kind")}
print(sum(len(sorts) for sorts in pages.query_page(dynamodb, table, request)["items"].values()))
big = {"id": {"S": "zzz"}, "text": {"S": "x" * 9000}}
dynamodb._put_item({"TableName": "things", "Item": big})
for start, limit in (("zzy", 5), ("a", 3)):
    given = {"TableName": "things", "Limit": limit, "ReturnConsumedCapacity": "TOTAL"}
    given["ExclusiveStartKey"] = {"id": {"S": start}}
    print(json.loads(dynamodb._scan(given)[2])["ConsumedCapacity"]["CapacityUnits"])
"""


def test_pages_are_the_engines_and_cost_what_they_read(tmp_path: Path) -> None:
    assert run_unpatched(tmp_path, COMPARE)[-5:] == ["same", "21", "21", "1.5", "0.5"]
