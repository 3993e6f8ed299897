"""A page that is cut out first equals the engine's page, and nothing else is read."""

from pathlib import Path

import pytest

from tools.tests.local.probes import run_unpatched

COMPARE = """
import json, random
from tools.local.aws.dynamodb import engine_pages
from tools.local.aws.dynamodb import engine_partitions
dynamodb = patching.core("services.dynamodb")
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
for number in range(120):
    item = {"id": {"S": f"i{chance.randrange(10**6)}"}, "at": {"N": str(chance.randrange(-50, 50))}, "n": {"N": "1"}}
    if chance.random() < 0.8:
        item["kind"] = {"S": chance.choice("ab")}
    dynamodb._put_item({"TableName": "things", "Item": item})
    dynamodb._put_item({"TableName": "lines", "Item": {**item, "id": {"S": chance.choice("ab")}}})
engine_pages.pages_cost_what_they_read()
engine_partitions.partitions_stay_in_order()
engine_partitions.SMALL = int(sys.argv[2])

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
def sort_conditions(hashed):
    for condition in ("#s = :x", "#s < :x", "#s <= :x", "#s > :x", "#s >= :x", "#s BETWEEN :x AND :y"):
        for low, high in ((-10, 20), (0, 0), (-90, 90)):
            given = {":v": {"S": "a"}, ":x": {"N": str(low)}}
            if ":y" in condition:
                given[":y"] = {"N": str(high)}
            both = f"{condition} AND {hashed} = :v" if low else f"{hashed} = :v AND {condition}"
            yield {"KeyConditionExpression": both,
                   "ExpressionAttributeNames": {"#s": "at"}, "ExpressionAttributeValues": given}

def compare(*limits):
    for limit in limits:
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
            *((dynamodb._query, query, {"TableName": name, **index, **condition, "ScanIndexForward": forward})
              for name, index, hashed in (("lines", {}, "id"), ("things", {"IndexName": "by-at"}, "kind"))
              for condition in sort_conditions(hashed) for forward in (True, False)),
            *((dynamodb._query, query, {"TableName": "things", "IndexName": "by-kind", "ScanIndexForward": forward,
                "KeyConditionExpression": "kind = :v and begins_with(id, :p)",
                "ExpressionAttributeValues": {":v": {"S": "a"}, ":p": {"S": prefix}}})
              for prefix in ("i", "i1", "i99", "j") for forward in (True, False)),
        ):
            if limit:
                request = {**request, "Limit": limit}
            assert read_all(mine, request) == read_all(theirs, request), request

compare(7, None)
# What is put, changed and deleted after a partition was put in order is in order, too.
for number in range(120):
    item = {"id": {"S": chance.choice("ab")}, "at": {"N": str(chance.randrange(-50, 50))}, "n": {"N": str(number)}}
    if number % 3:
        dynamodb._put_item({"TableName": "lines", "Item": item})
    else:
        dynamodb._delete_item({"TableName": "lines", "Key": {"id": item["id"], "at": item["at"]}})
    for thing in list(dynamodb._tables.get("things")["items"].values())[number % 50:][:1]:
        key = {"id": thing["__no_sort__"]["id"]}
        if number % 4 == 0:
            dynamodb._delete_item({"TableName": "things", "Key": key})
        else:
            change = ("", "SET kind = :k, #at = :a", "SET #at = :a", "REMOVE kind, #at")[number % 4]
            new = {":k": {"S": chance.choice("ab")}, ":a": item["at"]}
            new = {name: value for name, value in new.items() if name in change}
            status, _, answer = dynamodb._update_item({"TableName": "things", "Key": key, "UpdateExpression": change,
                "ExpressionAttributeNames": {"#at": "at"}, **({"ExpressionAttributeValues": new} if new else {})})
            assert status == 200, answer
compare(9)
print("same")
table = dynamodb._tables.get("things")
print(sum(len(sorts) for sorts in engine_pages.scan_page(dynamodb, table, {"Limit": 20})["items"].values()))
request = {"IndexName": "by-kind", "Limit": 20, **by("kind")}
print(sum(len(sorts) for sorts in engine_pages.query_page(dynamodb, table, request)["items"].values()))
big = {"id": {"S": "zzz"}, "text": {"S": "x" * 9000}}
dynamodb._put_item({"TableName": "things", "Item": big})
for start, limit in (("zzy", 5), ("a", 3)):
    given = {"TableName": "things", "Limit": limit, "ReturnConsumedCapacity": "TOTAL"}
    given["ExclusiveStartKey"] = {"id": {"S": start}}
    print(json.loads(dynamodb._scan(given)[2])["ConsumedCapacity"]["CapacityUnits"])
"""


@pytest.mark.parametrize("small", ["0", "1000"])
def test_pages_equal_the_engines_and_cost_what_they_read(tmp_path: Path, small: str) -> None:
    """Partitions that are kept sorted, and small ones that are sorted at each read."""
    assert run_unpatched(tmp_path, COMPARE, small)[-5:] == ["same", "21", "21", "1.5", "0.5"]


# Counts the items that the engine sorts or measures, which are those that a page reads. Writes happen between the
# pages.
LOOKED_AT = """
import json, random
from tools.local.aws.dynamodb import engine_pages
from tools.local.aws.dynamodb import engine_partitions
dynamodb = patching.core("services.dynamodb")
engine_pages.pages_cost_what_they_read()
engine_partitions.partitions_stay_in_order()
looked = 0
def counting(function):
    def counted(*given):
        global looked
        looked += 1
        return function(*given)
    return counted

def make(name, size):
    keys = lambda *names: [{"AttributeName": one, "KeyType": kind} for one, kind in zip(names, ("HASH", "RANGE"))]
    status, _, body = dynamodb._create_table({
        "TableName": name, "BillingMode": "PAY_PER_REQUEST", "KeySchema": keys("orderId"),
        "AttributeDefinitions": [{"AttributeName": one, "AttributeType": "S"}
                                 for one in ("orderId", "userId", "createdDate")],
        "GlobalSecondaryIndexes": [{"IndexName": "user", "KeySchema": keys("userId", "createdDate"),
                                    "Projection": {"ProjectionType": "ALL"}}]})
    assert status == 200, body
    for number in random.Random(1).sample(range(size), size):
        put(name, number)
    page(name)

def put(name, number):
    item = {"orderId": {"S": f"o{number}"}, "userId": {"S": "u"}, "createdDate": {"S": f"2026-{number:06d}"}}
    dynamodb._put_item({"TableName": name, "Item": item})

def page(name, sort="", **more):
    values = {":u": {"S": "u"}, **({":d": {"S": "2026-000050"}} if sort else {})}
    condition = "userId = :u" + (f" AND createdDate {sort} :d" if sort else "")
    status, _, body = dynamodb._query({"TableName": name, "IndexName": "user", "Limit": 20, **more,
        "KeyConditionExpression": condition, "ExpressionAttributeValues": values,
        "ReturnConsumedCapacity": "TOTAL"})
    assert status == 200, body
    return json.loads(body)

dynamodb._index_order_value = counting(dynamodb._index_order_value)
dynamodb._item_size_bytes = counting(dynamodb._item_size_bytes)
costs = {}
for name, size in (("few", 100), ("many", 10_000)):
    make(name, size)
    for forward in (True, False):
        for sort in ("", ">", "<="):
            first = page(name, sort, ScanIndexForward=forward)
            put(name, 200_000 + size)
            looked = 0
            second = page(name, sort, ScanIndexForward=forward, ExclusiveStartKey=first["LastEvaluatedKey"])
            place = forward, sort
            costs.setdefault(place, []).append((looked, second["ConsumedCapacity"]["CapacityUnits"], second["Count"]))
            dates = [one["createdDate"]["S"] for one in first["Items"] + second["Items"]]
            assert dates == sorted(dates, reverse=not forward) and len(set(dates)) == 40, dates
print(all(few == many for few, many in costs.values()), max(few[0] for few, _ in costs.values()))
"""


def test_a_page_of_a_large_partition_reads_no_more_than_one_of_a_small(tmp_path: Path) -> None:
    same, most = run_unpatched(tmp_path, LOOKED_AT)[-1].split()
    assert same == "True"
    assert int(most) < 8 * 21
