"""Access to fields: every mode against every directive."""

from dataclasses import replace

import pytest

from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.authorization import may_use
from tools.local.aws.appsync.model import Provider
from tools.local.aws.appsync.schema import compile_schema
from tools.tests.local.aws.appsync.fakes import BY_KEY, IAM, KEY, POOL, USER, api, ask, by_machine, by_user

SCHEMA = """
type Query {
  bare: Int
  key: Int @aws_api_key
  user: Int @aws_cognito_user_pools
  iam: Int @aws_iam
  admin: Int @aws_cognito_user_pools(cognito_groups: ["admin"])
  staff: Int @aws_cognito_user_pools(cognito_groups: ["admin", "warehouse"])
  nobody: Int @aws_cognito_user_pools(cognito_groups: [])
  all: Int @aws_api_key @aws_cognito_user_pools @aws_iam
  oidc: Int @aws_oidc
  legacy: Int @aws_auth(cognito_groups: ["admin"])
}
type Typed @aws_cognito_user_pools(cognito_groups: ["admin"]) {
  inherits: Int
  own: Int @aws_api_key
}
type Extended { a: Int }
extend type Extended @aws_iam { b: Int }
"""
CALLERS = {
    "key": BY_KEY,
    "iam": by_machine(),
    "user": by_user(),
    "shopper": by_user("shoppers"),
    "admin": by_user("admin"),
    "warehouse": by_user("warehouse", "other"),
}
USERS = {"user", "shopper", "admin", "warehouse"}
ALLOWED = {
    "Query.bare": {"key"},  # no directive: the default mode
    "Query.key": {"key"},
    "Query.user": USERS,
    "Query.iam": {"iam"},
    "Query.admin": {"admin"},
    "Query.staff": {"admin", "warehouse"},
    "Query.nobody": set(),
    "Query.all": {"key", "iam", *USERS},
    "Query.oidc": set(),
    "Query.legacy": {"key"},  # counts only where user pools are the one mode
    "Typed.inherits": {"admin"},
    "Typed.own": {"key"},  # the field's own directives replace those of its type
    "Extended.a": {"iam"},
    "Extended.b": {"iam"},
}
RULES = compile_schema(SCHEMA).rules


def allowed(field: str, default: Provider = KEY, extra: tuple[Provider, ...] = (USER, IAM)) -> set[str]:
    type_name, _, name = field.partition(".")
    of = api(SCHEMA, default=default, extra=extra)
    return {who for who, caller in CALLERS.items() if may_use(caller, of, RULES[type_name, name])}


@pytest.mark.parametrize("field", ALLOWED)
def test_matrix(field: str) -> None:
    assert allowed(field) == ALLOWED[field]


def test_every_field_is_in_the_matrix() -> None:
    assert set(ALLOWED) == {f"{type_name}.{name}" for type_name, name in RULES}


@pytest.mark.parametrize(("default", "expected"), [(USER, USERS), (IAM, {"iam"}), (KEY, {"key"})])
def test_a_field_without_directives_is_for_the_default_mode(default: Provider, expected: set[str]) -> None:
    extra = tuple(one for one in (KEY, USER, IAM) if one is not default)
    assert allowed("Query.bare", default, extra) == expected


def test_user_pools_that_deny_by_default() -> None:
    denying = replace(USER, pool=replace(POOL, default_action="DENY"))
    assert allowed("Query.bare", denying, ()) == set()
    assert allowed("Query.user", denying, ()) == USERS
    assert allowed("Query.legacy", denying, ()) == {"admin"}
    assert allowed("Query.legacy", USER, ()) == {"admin"}
    assert allowed("Query.legacy", USER, (KEY,)) == USERS


@pytest.mark.parametrize("caller", [by_machine(), by_machine("Query/fields/all", "Mutation/fields/key")])
def test_an_iam_caller_needs_its_policy_too(caller: Caller) -> None:
    answer = ask("{ iam }", api(SCHEMA), caller=caller)
    assert answer["errors"][0]["errorType"] == "Unauthorized"
    assert "errors" not in ask("{ iam }", api(SCHEMA), caller=by_machine("Query/fields/iam"))


def test_a_policy_for_a_mutation_allows_reading_its_answer() -> None:
    schema = "type Query { a: T @aws_iam } type T @aws_iam { b: Int }"
    assert ask("{ a { b } }", api(schema), caller=by_machine("Query/fields/a")) == {"data": {"a": None}}
