"""What an account lacks before the first deployment: each finding with what to do, and nothing is changed."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tools.__main__ import warn
from tools.deploy import account as checks
from tools.deploy import left_over
from tools.deploy.account import Account, Check, Row, rows
from tools.deploy.check_account import WARNED, main, table, warn_about_concurrency
from tools.deploy.deploy import deploy
from tools.deploy.kept import deleted_stacks
from tools.deploy.storefront_key import expiry
from tools.deploy.teardown import teardown
from tools.local.client import Cloud
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.services import Service, discover
from tools.scale.limits import limits

DEV = Environment("dev", "aws", "eu-west-1", services={"notifications": {"SenderDomain": "mails.kettles.test"}})
LIMITS = {"ConcurrentExecutions": 10, "TotalCodeSize": 1, "CodeSizeUnzipped": 1, "CodeSizeZipped": 1}
ANSWERS = dict[str, list[tuple[str, dict[str, Any] | str]]]


class Stubbed(Target):
    """A Target whose clients answer what a test gives them, in that order, and refuse every other request."""

    def answering(self, answers: ANSWERS) -> "Stubbed":
        self.__dict__["stubs"] = {}
        for service, given in answers.items():
            client = super().client(service)
            stub = Stubber(client)
            for operation, answer in given:
                if isinstance(answer, str):
                    stub.add_client_error(operation, answer)
                else:
                    stub.add_response(operation, answer)
            stub.activate()
            self.__dict__["stubs"][service] = client
        return self

    def client(self, service: str) -> Any:
        return self.__dict__["stubs"][service]


def place(answers: ANSWERS, environment: Environment = DEV) -> Target:
    return Stubbed(environment, boto3.Session("a", "b", region_name="eu-west-1")).answering(answers)


def found(check: Check, answers: ANSWERS, environment: Environment = DEV, **services: Service) -> list[Row]:
    return list(rows(Account(place(answers, environment), services), [check]))


def concurrent(count: int) -> ANSWERS:
    return {"lambda": [("get_account_settings", {"AccountLimit": {**LIMITS, "ConcurrentExecutions": count}})]}


def test_a_new_accounts_concurrency_is_missing_with_the_command() -> None:
    (row,) = found(checks.concurrency, concurrent(10))
    assert (row.state, row.found) == ("missing", "10 at once")
    assert row.todo == (
        "aws service-quotas request-service-quota-increase --region eu-west-1 "
        "--service-code lambda --quota-code L-B99A9384 --desired-value 1000"
    )
    assert [row.state for row in found(checks.concurrency, concurrent(1000))] == ["ok"]


@pytest.mark.parametrize(
    ("parameters", "state"),
    [({}, "ok"), ({"ReservedForOrders": "100"}, "ok"), ({"ReservedForOrders": "130"}, "missing")],
)
def test_the_concurrency_that_is_reserved_leaves_a_hundred_to_other_functions(
    parameters: dict[str, str], state: str
) -> None:
    shop = Environment("dev", "aws", "eu-west-1", parameters)
    (row,) = found(checks.concurrency, concurrent(1000), shop, **discover())
    reserved = 9 * int(parameters.get("ReservedForOrders", 0))
    assert (row.state, row.found) == (
        state,
        "1,000 at once" + (f", {reserved:,} of them reserved for orders" * bool(reserved)),
    )
    assert ("ReservedForOrders" in row.todo) is (state == "missing")


def test_a_services_own_reservation_counts() -> None:
    shop = Environment(
        "dev", "aws", "eu-west-1", {"ReservedForOrders": "100"}, {"orders": {"ReservedForOrders": "400"}}
    )
    (row,) = found(checks.concurrency, concurrent(1000), shop, **discover())
    assert (row.state, row.found) == ("missing", "1,000 at once, 1,200 of them reserved for orders")


def test_what_is_refused_is_unknown_and_the_other_checks_go_on() -> None:
    account = Account(
        place(
            {
                "lambda": [("get_account_settings", "AccessDeniedException")],
                "apigateway": [],
            }
        ),
        {},
    )
    first, second = rows(account, [checks.concurrency, checks.access_logs])
    assert (first.what, first.state, first.todo) == ("Lambda concurrency", "unknown", "allow GetAccountSettings")
    assert second.state == "ok"


SANDBOX = {
    "ProductionAccessEnabled": False,
    "SendingEnabled": True,
    "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0},
}
FREE = {**SANDBOX, "ProductionAccessEnabled": True}
STACK = {"StackName": "ecommerce-dev-notifications", "StackStatus": "CREATE_COMPLETE", "CreationTime": "2026-11-28"}


@pytest.mark.parametrize(
    ("ses", "deployed", "states"),
    [
        ([("get_account", SANDBOX), ("get_email_identity", "NotFoundException")], False, ["limit", "ok"]),
        ([("get_account", FREE), ("get_email_identity", {})], False, ["ok", "missing"]),
        ([("get_account", FREE), ("get_email_identity", {"VerifiedForSendingStatus": False})], True, ["ok", "limit"]),
        ([("get_account", FREE), ("get_email_identity", {"VerifiedForSendingStatus": True})], True, ["ok", "ok"]),
        (
            [("get_account", {**FREE, "SendingEnabled": False}), ("get_email_identity", "NotFoundException")],
            False,
            ["missing", "ok"],
        ),
    ],
    ids=["sandbox", "identity of somebody else", "not verified", "ready", "paused"],
)
def test_mails(
    ses: list[tuple[str, dict[str, Any] | str]], deployed: bool, states: list[str], services: dict[str, Service]
) -> None:
    answers: ANSWERS = {"sesv2": ses, "cloudformation": [("describe_stacks", {"Stacks": [STACK] if deployed else []})]}
    found_rows = found(checks.mail, answers, notifications=services["alpha"])
    assert [row.state for row in found_rows] == states
    assert all(row.todo for row in found_rows if row.state != "ok")


def test_a_domain_of_the_examples_is_missing() -> None:
    shop = Environment("dev", "aws", "eu-west-1", services={"notifications": {"SenderDomain": "dev.shop.example"}})
    _, row = found(checks.mail, {"sesv2": [("get_account", FREE)]}, shop)
    assert (row.state, row.found) == ("missing", "dev.shop.example is not yours")
    assert row.todo.startswith("SenderDomain of dev in environments.yaml")


def test_cognito_mails_through_ses_or_fifty_a_day() -> None:
    (row,) = found(checks.cognito_mail, {})
    assert (row.state, row.found) == ("limit", "sent by Cognito, 50 a day for the account")
    given = {"users": {"MailIdentityArn": "arn:aws:ses:eu-west-1:1:identity/x", "MailFrom": "shop@x"}}
    (row,) = found(checks.cognito_mail, {}, Environment("dev", "aws", "eu-west-1", services=given))
    assert row.state == "ok"


def test_the_role_for_access_logs_is_needed_when_a_template_writes_them(
    services: dict[str, Service], edit: Callable[[Service, str, str], Service]
) -> None:
    logging = edit(
        services["alpha"], "      StageName: prod\n", "      StageName: prod\n      AccessLogSetting: { Format: x }\n"
    )
    (row,) = found(checks.access_logs, {"apigateway": [("get_account", {})]}, alpha=logging)
    assert row.state == "missing"
    role = {"cloudwatchRoleArn": "arn:aws:iam::1:role/gateway-logs"}
    (row,) = found(checks.access_logs, {"apigateway": [("get_account", role)]}, alpha=logging)
    assert (row.state, row.found) == ("ok", "gateway-logs")


@pytest.mark.parametrize(("given", "state"), [("false", "ok"), ("true", "missing")])
def test_the_role_for_access_logs_is_needed_when_the_environment_asks_for_them(given: str, state: str) -> None:
    shop = Environment("dev", "aws", "eu-west-1", {"AccessLogs": given})
    (row,) = found(checks.access_logs, {"apigateway": [("get_account", {})]}, shop, **discover())
    assert row.state == state


ROLE_OF_APPSYNC = {
    "Path": "/aws-service-role/appsync.amazonaws.com/",
    "RoleName": "AWSServiceRoleForAppSync",
    "RoleId": "AROAEXAMPLEEXAMPLE",
    "Arn": "arn:aws:iam::1:role/aws-service-role/appsync.amazonaws.com/AWSServiceRoleForAppSync",
    "CreateDate": "2026-11-30",
}


@pytest.mark.parametrize(
    ("answer", "state"),
    [({"Role": ROLE_OF_APPSYNC}, "ok"), ("NoSuchEntity", "missing"), ("AccessDenied", "unknown")],
    ids=["there", "never used AppSync", "may not look"],
)
def test_appsyncs_role_for_traces_is_needed_before_the_first_api(answer: dict[str, Any] | str, state: str) -> None:
    (row,) = found(checks.tracing_role, {"iam": [("get_role", answer)]}, DEV, **discover())
    assert (row.what, row.state) == ("AppSync's role for traces", state)
    command = "aws iam create-service-linked-role --aws-service-name appsync.amazonaws.com"
    assert row.todo == {"ok": "", "missing": command, "unknown": "allow GetRole"}[state]


def test_appsyncs_role_is_not_needed_without_traces_or_on_the_local_cloud(services: dict[str, Service]) -> None:
    local = Environment("local", "local", "eu-west-1")
    assert [row.state for row in found(checks.tracing_role, {}, alpha=services["alpha"])] == ["ok"]
    assert [row.state for row in found(checks.tracing_role, {}, local, **discover())] == ["ok"]


NOW = 1_800_000_000
KEY_NAME = "/ecommerce/dev/frontend-api/api/id"


@pytest.mark.parametrize(
    ("days", "state", "said"),
    [
        ([300], "ok", "expires in 300 days"),
        ([60], "ok", "expires in 60 days"),
        ([59, 300], "limit", "expires in 59 days"),
        ([-1], "missing", "expired: storefronts get 401"),
        ([], "missing", "expired: storefronts get 401"),
    ],
)
def test_an_api_key_that_expires_soon_is_a_limit_with_the_command(days: list[int], state: str, said: str) -> None:
    keys = [{"id": f"da2-{each}", "expires": NOW + each * 86_400} for each in days]
    answers: ANSWERS = {
        "ssm": [("get_parameters", {"Parameters": [{"Name": KEY_NAME, "Value": "api"}]})],
        "appsync": [("list_api_keys", {"apiKeys": keys})],
    }
    (row,) = expiry(Account(place(answers), {}), NOW)
    assert (row.state, row.found) == (state, said)
    assert ("`ENVIRONMENT=dev make deploy-frontend-api`" in row.todo) is (state != "ok")


def test_before_the_first_deployment_there_is_no_key() -> None:
    (row,) = expiry(Account(place({"ssm": [("get_parameters", {"Parameters": []})]}), {}), NOW)
    assert row.state == "ok"


def test_quotas_below_the_models_are_limits() -> None:
    readable = [limit for limit in limits() if limit.quota and limit.quota["service"] not in ("lambda", "ses")]
    answers: list[tuple[str, dict[str, Any] | str]] = [
        ("get_service_quota", {"Quota": {"Value": limit.of("eu-west-1")}}) for limit in readable[:-2]
    ]
    answers += [("get_service_quota", {"Quota": {"Value": 1.0}}), ("get_service_quota", "NoSuchResourceException")]
    answers += [("get_aws_default_service_quota", {"Quota": {"Value": readable[-1].of("eu-west-1")}})]
    found_rows = found(checks.quotas, {"service-quotas": answers})
    assert [row.what for row in found_rows] == [limit.name for limit in readable]
    assert [row.state for row in found_rows] == [*["ok"] * (len(readable) - 2), "limit", "ok"]
    assert readable[-2].remedy in found_rows[-2].todo


@pytest.mark.parametrize(("name", "state"), [("eu-west-1", "ok"), ("eu-nowhere-1", "missing")])
def test_the_region(name: str, state: str) -> None:
    (row,) = found(checks.region, {}, Environment("dev", "aws", name))
    assert row.state == state


def test_the_warning_is_one_line_and_printed_once() -> None:
    line = warn_about_concurrency(place(concurrent(10)), {})
    assert line.startswith("warning: the account runs 10 functions at once")
    assert "\n" not in line
    assert warn_about_concurrency(place(concurrent(10)), {WARNED: "1"}) == ""
    assert warn_about_concurrency(place(concurrent(100)), {}) == ""
    refused = warn_about_concurrency(place({"lambda": [("get_account_settings", "AccessDeniedException")]}), {})
    assert refused.startswith("warning: the account's Lambda concurrency cannot be read: ")


def test_a_run_for_all_services_warns_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(WARNED, "")
    monkeypatch.delenv(WARNED)  # and restored afterwards
    monkeypatch.setattr("tools.project.aws.target", lambda _environment: place(concurrent(10)))
    warn(DEV)
    warn(DEV)
    assert capsys.readouterr().out.count("warning: the account runs 10 functions at once") == 1


# --- on a local cloud ---


@pytest.fixture
def left(target: Target, services: dict[str, Service]) -> Iterator[Account]:
    """An account where alpha was deployed and torn down."""
    alpha = services["alpha"]
    deploy(alpha, target)
    teardown(alpha, target, {"alpha": alpha})
    yield Account(target, {"alpha": alpha, "alpha-3p": services["beta"]})
    for earlier in deleted_stacks(alpha, target):
        for kept in earlier.kept:
            target.client("dynamodb").delete_table(TableName=kept.physical_id)


def test_what_earlier_stacks_left_is_found(left: Account) -> None:
    target = left.target
    group, parameter = "/aws/lambda/ecommerce-local-alpha-late", "/ecommerce/local/alpha/left"
    target.client("logs").create_log_group(logGroupName=group)
    target.ssm.put_parameter(Name=parameter, Value="x", Type="String")
    target.client("dynamodb").create_table(
        TableName="ecommerce-local-alpha-3p-Table-OLD",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    try:
        by_name = {row.what: row for row in rows(left, [left_over.log_groups, left_over.parameters, left_over.state])}
        assert (by_name["log groups"].state, by_name["SSM parameters"].state) == ("missing", "missing")
        assert group in by_name["log groups"].found
        assert parameter in by_name["SSM parameters"].found
        assert "kept: ecommerce-local-alpha-Table-" in by_name["state of alpha"].found
        assert by_name["state of alpha"].todo.startswith("`make restore-alpha` takes it back")
        assert by_name["state of alpha-3p"].found == "kept: ecommerce-local-alpha-3p-Table-OLD"
    finally:
        target.client("logs").delete_log_group(logGroupName=group)
        target.ssm.delete_parameter(Name=parameter)
        target.client("dynamodb").delete_table(TableName="ecommerce-local-alpha-3p-Table-OLD")


def test_what_a_stack_owns_is_not_left_over(target: Target, services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    deploy(alpha, target)
    every = [left_over.log_groups, left_over.parameters, left_over.bus, left_over.state, left_over.artifact_bucket]
    assert {row.state for row in rows(Account(target, {"alpha": alpha}), every)} == {"ok"}
    teardown(alpha, target, {"alpha": alpha})


def test_the_command_on_the_local_cloud(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(cloud.home.folder))
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert main([]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split() == ["ok", "account", cloud.account]
    assert printed[-1].startswith("local: ")
    assert printed[-1].endswith("nothing prevents a deployment")


def test_the_table_has_what_to_do_below_the_finding() -> None:
    lines = table([Row("mails", "limit", "sandbox", "request it"), Row("x", "ok", "fine")]).splitlines()
    assert lines == ["limit    mails  sandbox", "                -> request it", "ok       x      fine"]
