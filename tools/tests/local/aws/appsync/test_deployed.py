"""An API deployed by CloudFormation answers its clients as AppSync does."""

import json
from typing import Any

from tools.tests.local.aws.appsync.shop import Shop
from tools.tests.local.measured import measured


def errors(body: Any) -> list[tuple[str, str]]:
    return [(error["errorType"], error["message"]) for error in body["errors"]]


def test_anonymous_is_refused(shop: Shop) -> None:
    answer = shop.ask("{ open { name } }")
    assert answer.status == 401
    assert answer.json == {
        "errors": [{"errorType": "UnauthorizedException", "message": "Valid authorization header not provided."}]
    }


def test_a_key_reads_the_fields_open_to_keys(shop: Shop) -> None:
    answer = shop.ask("{ open { name } plain }", key=shop.key)
    assert answer.status == 200
    assert answer.json["data"]["open"] == {"name": "open"}


def test_a_wrong_key_is_refused(shop: Shop) -> None:
    answer = shop.ask("{ open { name } }", key="da2-nothing")
    assert (answer.status, errors(answer.json)) == (
        401,
        [("UnauthorizedException", "You are not authorized to make this call.")],
    )


def test_partial_data(shop: Shop) -> None:
    answer = shop.ask("{\n  open { name secret }\n  mine { name }\n}", key=shop.key)
    assert answer.status == 200
    assert answer.json["data"] == {"open": {"name": "open", "secret": None}, "mine": None}
    assert {
        "path": ["mine"],
        "data": None,
        "errorType": "Unauthorized",
        "errorInfo": None,
        "locations": [{"line": 3, "column": 3, "sourceName": None}],
        "message": "Not Authorized to access mine on type Query",
    } in answer.json["errors"]
    assert ("Unauthorized", "Not Authorized to access secret on type Thing") in errors(answer.json)
    assert len(answer.json["errors"]) == 2


def test_both_tokens_of_a_user_bare_and_with_bearer(shop: Shop) -> None:
    tokens = shop.user()
    for token in (tokens.id, tokens.access, f"Bearer {tokens.id}", f"Bearer {tokens.access}"):
        answer = shop.ask("{ mine { name parts { label } } }", token=token)
        assert answer.json == {"data": {"mine": {"name": "mine", "parts": [{"label": "a"}, {"label": "b"}]}}}


def test_groups(shop: Shop) -> None:
    query = "{ staff { name secret } }"
    refused = shop.ask(query, token=shop.user().access)
    assert refused.json["data"] == {"staff": None}
    assert errors(refused.json) == [("Unauthorized", "Not Authorized to access staff on type Query")]
    assert shop.ask(query, token=shop.user("admin").access).json["data"]["staff"] == {
        "name": "staff",
        "secret": "s",
    }


def test_a_denied_non_null_field_makes_its_parent_null(shop: Shop) -> None:
    answer = shop.ask("{ must { name } }", token=shop.user().id)
    assert answer.json["data"] is None
    assert errors(answer.json) == [("Unauthorized", "Not Authorized to access must on type Query")]


def test_typed_errors_of_a_function(shop: Shop) -> None:
    answer = shop.ask('mutation { refuse(type: "ILLEGAL_MOVE") }', key=shop.key)
    assert answer.status == 200
    assert answer.json["data"] == {"refuse": None}
    (error,) = answer.json["errors"]
    assert (error["errorType"], error["message"], error["errorInfo"]) == ("ILLEGAL_MOVE", "No.", {"code": 7})
    assert error["path"] == ["refuse"]


def test_the_error_of_a_function_is_not_shown(shop: Shop) -> None:
    answer = shop.ask("mutation { crash }", key=shop.key)
    assert answer.json["data"] == {"crash": None}
    ((kind, message),) = errors(answer.json)
    assert kind == "Lambda:Unhandled"
    # What AppSync answers, and locally the function and where its log is.
    assert message.startswith("The request could not be handled. (")
    assert f"/aws/lambda/{message.partition('(')[2].split()[0]})" in message
    assert b"swordfish" not in answer.body


def test_an_answer_that_is_too_large_is_an_error_of_its_field(shop: Shop) -> None:
    answer = shop.ask('{ echo(word: "large") }', key=shop.key)
    assert answer.json["data"] == {"echo": None}
    ((kind, _),) = errors(answer.json)
    assert kind == "Lambda:Unhandled"


def test_the_identity_of_a_user_for_the_function(shop: Shop) -> None:
    token = shop.user("admin").access
    query = "query Ask($w: String!) { echo(word: $w, input: {count: 2}) }"
    answer = shop.ask(query, {"w": "hello"}, token=token)
    seen = json.loads(answer.json["data"]["echo"])
    assert seen["arguments"] == {"word": "hello", "input": {"count": 2}}
    assert seen["info"] == {
        "fieldName": "echo",
        "parentTypeName": "Query",
        "selectionSetList": [],
        "variables": {"w": "hello"},
    }
    identity = seen["identity"]
    assert identity["sub"] == identity["claims"]["sub"]
    assert identity["groups"] == ["admin"]
    assert identity["issuer"].endswith(shop.out["PoolId"])
    assert identity["sourceIp"] == ["127.0.0.1"]
    assert "authorization" not in seen["request"]["headers"]
    assert token not in answer.json["data"]["echo"]
    assert seen["invoked"] == shop.out["Live"]


def test_the_identity_of_a_key_for_the_function(shop: Shop) -> None:
    seen = json.loads(shop.ask('{ echo(word: "x") }', key=shop.key).json["data"]["echo"])
    assert seen["identity"] is None


def test_an_iam_caller_gets_what_its_policy_and_the_schema_allow(shop: Shop) -> None:
    machine = shop.principal("Query/fields/machine", "Query/fields/mine")
    assert shop.ask("{ machine { name } }", signed=machine).json == {"data": {"machine": {"name": "machine"}}}
    # The policy allows it, the schema does not.
    assert errors(shop.ask("{ mine { name } }", signed=machine).json) == [
        ("Unauthorized", "Not Authorized to access mine on type Query")
    ]
    # The schema allows it, the policy does not.
    assert errors(shop.ask('{ echo(word: "x") }', signed=machine).json) == [
        ("Unauthorized", "Not Authorized to access echo on type Query")
    ]


def test_the_identity_of_an_iam_caller_for_the_function(shop: Shop) -> None:
    machine = shop.principal("Query/fields/echo")
    answer = shop.ask('{ echo(word: "x") }', signed=machine)
    identity = json.loads(answer.json["data"]["echo"])["identity"]
    assert identity["userArn"].startswith(f"arn:aws:iam::{shop.cloud.account}:user/machine-")
    assert identity["accountId"] == shop.cloud.account


def test_an_unknown_api(shop: Shop) -> None:
    answer = shop.post(b"{}", {"x-api-key": shop.key})
    assert answer.status == 400
    shop.__dict__["out"] = {**shop.out, "ApiId": "nothing"}
    try:
        assert shop.ask("{ plain }", key=shop.key).status == 404
    finally:
        del shop.__dict__["out"]


def test_each_request_is_measured_once(shop: Shop) -> None:
    """A refused request is a 4XXError. A field that fails is data of an answer 200."""

    def counted() -> list[float]:
        place = {"GraphQLAPIId": shop.out["ApiId"]}
        return [
            sum(measured(shop.cloud, "AWS/AppSync", name, statistic, **place))
            for name, statistic in (("Latency", "SampleCount"), ("4XXError", "Sum"), ("5XXError", "Sum"))
        ]

    before = counted()
    shop.ask("{ open { name } }")
    shop.ask("{ open { name } mine { name } }", key=shop.key)
    assert [new - old for new, old in zip(counted(), before, strict=True)] == [2, 1, 0]
