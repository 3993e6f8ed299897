"""Stacks on a local cloud: created, unchanged, updated, failing with a reason, and deleted with care."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecom_client.polling import poll
from tools.deploy.artifacts import artifacts
from tools.deploy.check_deps import missing
from tools.deploy.deploy import DAY, deploy, key_expiry, parameters
from tools.deploy.stacks import Stacks
from tools.deploy.teardown import confirm, teardown
from tools.local.client import Cloud
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service
from tools.tests.deploy.greeting import set_greeting

Edit = Callable[[Service, str, str], Service]
BROKEN = """
  Broken:
    Type: AWS::IAM::Policy
    DependsOn: Table
    Properties:
      PolicyName: broken
      Roles: [ecommerce-nobody]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Action: sqs:SendMessage, Resource: "arn:aws:sqs:us-east-1:000000000000:nobody" }]
"""


@pytest.fixture(autouse=True)
def _empty(target: Target, services: dict[str, Service]) -> Iterator[None]:
    """Each test begins and ends without a stack."""
    yield
    stacks = Stacks(target)
    for name in ("beta", "alpha"):
        stack = stacks.find(target.environment.stack(name))
        if stack:
            stacks.delete(stack)


def value(target: Target, name: str) -> str | None:
    return target.parameters([f"/ecommerce/local/{name}"]).get(f"/ecommerce/local/{name}")


def test_a_stack_is_created_then_unchanged_then_updated(
    target: Target, services: dict[str, Service], edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = services["alpha"]
    assert deploy(alpha, target).startswith("created in")
    assert "to add" in capsys.readouterr().out
    table = value(target, "alpha/table/name")
    assert deploy(alpha, target) == "no changes"
    assert capsys.readouterr().out == ""
    assert deploy(edit(alpha, "Default: hello", "Default: good day"), target).startswith("updated in")
    assert value(target, "alpha/greeting/name") == "good day"
    assert value(target, "alpha/table/name") == table


def test_the_deployed_function_is_the_built_one(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)
    answer = target.client("lambda").invoke(FunctionName="ecommerce-local-alpha-hello")
    assert answer["Payload"].read() == b'"hello"'


def test_changed_code_is_deployed(target: Target, services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    deploy(alpha, target)
    path = alpha.source / "alpha_service" / "hello.py"
    path.write_text(path.read_text().replace('os.environ["GREETING"]', 'os.environ["GREETING"] + "!"'))
    assert deploy(alpha, target).startswith("updated")
    answer = target.client("lambda").invoke(FunctionName="ecommerce-local-alpha-hello")
    assert answer["Payload"].read() == b'"hello!"'


def test_the_stack_has_tags_for_environment_service_and_owner(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)
    stack = Stacks(target).find("ecommerce-local-alpha")
    assert stack is not None
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert tags == {"environment": "local", "service": "alpha", "owner": "road"}


def test_a_changed_value_of_another_service_is_a_change(
    target: Target, services: dict[str, Service], edit: Edit
) -> None:
    deploy(services["alpha"], target)
    deploy(services["beta"], target)
    assert deploy(services["beta"], target) == "no changes"
    deploy(edit(services["alpha"], "Default: hello", "Default: good day"), target)
    assert deploy(services["beta"], target).startswith("updated")
    assert str(value(target, "beta/echo/name")).startswith("good day from")


def test_a_missing_dependency_is_named_with_the_command(target: Target, services: dict[str, Service]) -> None:
    message = "beta needs alpha, which is not deployed to local: `make deploy-alpha`"
    assert missing(services["beta"], target) == [message]
    with pytest.raises(Problem, match="beta needs alpha"):
        deploy(services["beta"], target)
    assert missing(services["alpha"], target) == []


def test_a_parameter_that_an_old_stack_lacks_is_named(target: Target, services: dict[str, Service], edit: Edit) -> None:
    deploy(services["alpha"], target)
    beta = edit(services["beta"], "alpha/greeting/name", "alpha/farewell/name")
    (message,) = missing(beta, target)
    assert message.startswith(
        "beta needs /ecommerce/local/alpha/farewell/name, which the deployed alpha does not publish"
    )


def test_a_failure_prints_the_first_reason_and_leaves_no_stack(
    target: Target, services: dict[str, Service], edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    template = services["alpha"].template_path
    before = template.read_text()
    template.write_text(before + BROKEN)
    with pytest.raises(Problem) as caught:
        deploy(Service(services["alpha"].folder, services["alpha"].metadata), target)
    message = str(caught.value)
    assert "\n" not in message
    assert "Broken (AWS::IAM::Policy) CREATE_FAILED: " in message
    assert "ROLLBACK_COMPLETE" in message
    # The failed stack does not prevent the next deployment.
    template.write_text(before)
    capsys.readouterr()
    assert deploy(Service(services["alpha"].folder, services["alpha"].metadata), target).startswith("created")
    printed = capsys.readouterr().out
    assert "is ROLLBACK_COMPLETE and cannot be updated: deleting and creating it" in printed
    assert "it failed because of Broken (AWS::IAM::Policy) CREATE_FAILED: " in printed


def test_a_failed_update_is_rolled_back(target: Target, services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    deploy(alpha, target)
    template = alpha.template_path
    before = template.read_text()
    template.write_text(before.replace("Default: hello", "Default: bad day") + BROKEN)
    with pytest.raises(Problem, match=r"Broken .*UPDATE_ROLLBACK_COMPLETE"):
        deploy(Service(alpha.folder, alpha.metadata), target)
    assert value(target, "alpha/greeting/name") == "hello"
    template.write_text(before)
    assert deploy(Service(alpha.folder, alpha.metadata), target)


def test_the_error_has_the_reason_of_a_nested_stack(target: Target, services: dict[str, Service]) -> None:
    nested = services["alpha"].folder / "nested.yaml"
    nested.write_text(nested.read_text() + BROKEN.replace("    DependsOn: Table\n", ""))
    with pytest.raises(Problem, match=r"Nested .*The role with name ecommerce-nobody cannot be found"):
        deploy(services["alpha"], target)


def test_a_template_that_cloudformation_refuses_is_one_line(
    target: Target, services: dict[str, Service], edit: Edit
) -> None:
    alpha = edit(services["alpha"], "Type: AWS::DynamoDB::Table", "Type: AWS::DynamoDB::Chair")
    with pytest.raises(Problem, match=r"refuses the template: .*Chair") as caught:
        deploy(alpha, target)
    assert "\n" not in str(caught.value)
    assert Stacks(target).find("ecommerce-local-alpha") is None


def test_a_parameter_without_a_value_is_an_error(target: Target, services: dict[str, Service], edit: Edit) -> None:
    alpha = edit(services["alpha"], "    Default: hello\n", "")
    with pytest.raises(Problem, match=r"template\.yaml:\d+: the parameter Greeting has no value"):
        deploy(alpha, target)


def test_an_environment_gives_values(target: Target, services: dict[str, Service]) -> None:
    given = Environment("local", "local", "us-east-1", target.environment.parameters, {"alpha": {"Greeting": "hi"}})
    place = Target(given, target.session, target.endpoint)
    assert parameters(services["alpha"], place, None)["Greeting"] == "hi"
    wrong = Environment("local", "local", "us-east-1", target.environment.parameters, {"alpha": {"Greting": "hi"}})
    with pytest.raises(Problem, match="alpha has no parameter Greting; it has Environment"):
        parameters(services["alpha"], Target(wrong, target.session, target.endpoint), None)


def test_a_value_that_the_template_refuses_is_found_before_anything_is_uploaded(
    target: Target, services: dict[str, Service], edit: Edit
) -> None:
    alpha = edit(services["alpha"], "    Default: hello\n", '    Default: hello\n    AllowedPattern: "[a-z ]+"\n')
    given = Environment("local", "local", "us-east-1", target.environment.parameters, {"alpha": {"Greeting": "Hi 5"}})
    with pytest.raises(Problem, match=re.escape("local: alpha: Greeting is 'Hi 5'; it must match [a-z ]+")):
        deploy(alpha, Target(given, target.session, target.endpoint))
    assert not alpha.build.exists()


def test_an_api_key_lives_a_year_and_is_renewed_in_time() -> None:
    now = 1_800_000_123.0
    fresh = key_expiry(None, now)
    assert fresh % 3600 == 0
    assert 364 * DAY < fresh - now <= 365 * DAY
    live = {"Parameters": [{"ParameterKey": "ApiKeyExpires", "ParameterValue": str(fresh)}]}
    assert key_expiry(live, now + 100 * DAY) == fresh
    assert key_expiry(live, now + 300 * DAY) > fresh


def test_teardown_refuses_while_others_depend_on_it(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)
    deploy(services["beta"], target)
    with pytest.raises(Problem, match="alpha is needed by deployed services: beta; first `make teardown-beta`"):
        teardown(services["alpha"], target, services)
    assert teardown(services["beta"], target, services) == "deleted"
    assert teardown(services["alpha"], target, services) == "deleted, 1 resource kept"
    assert teardown(services["alpha"], target, services) == "is not deployed"


def test_teardown_refuses_while_a_deployed_stack_takes_its_parameters(
    target: Target, services: dict[str, Service], edit: Edit
) -> None:
    """The template of beta does not need alpha any more, but the deployed one does."""
    deploy(services["alpha"], target)
    deploy(services["beta"], target)
    text = services["beta"].template_path.read_text()
    edit(services["beta"], text[text.index("  AlphaTable:") : text.index("\nResources:")], "")
    known = {**services, "beta": edit(services["beta"], "!Sub ${AlphaGreeting} from ${AlphaTable}", "alone")}
    with pytest.raises(Problem, match="is needed by what is deployed of beta; first `make deploy-beta`"):
        teardown(services["alpha"], target, known)
    deploy(known["beta"], target)
    assert teardown(services["alpha"], target, known) == "deleted, 1 resource kept"


def test_teardown_lists_retained_resources(
    target: Target, services: dict[str, Service], capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(services["alpha"], target)
    table = value(target, "alpha/table/name")
    teardown(services["alpha"], target, services)
    assert f"kept: Table (AWS::DynamoDB::Table) {table}" in capsys.readouterr().out
    assert target.client("dynamodb").describe_table(TableName=table)


def test_teardown_lists_no_versions_of_deleted_functions(
    target: Target, services: dict[str, Service], edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    alpha = edit(services["alpha"], "    Timeout: 10\n", "    Timeout: 10\n    AutoPublishAlias: live\n")
    deploy(alpha, target)
    functions = target.client("lambda").list_functions()["Functions"]
    assert functions
    assert teardown(alpha, target, services) == "deleted, 1 resource kept"
    assert "AWS::Lambda::Version" not in capsys.readouterr().out
    assert target.client("lambda").list_functions()["Functions"] == []


def test_prod_asks_twice() -> None:
    with pytest.raises(Problem, match="CONFIRM=prod"):
        confirm("prod", {})
    confirm("prod", {"CONFIRM": "prod"})
    confirm("dev", {})


def test_the_bucket_is_closed(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)
    s3: Any = target.s3
    name = "ecommerce-local-artifacts"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "Expiration" not in rule, "artifacts stay for rollbacks"


def test_a_second_deployment_needs_no_change_set(target: Target, services: dict[str, Service]) -> None:
    deploy(services["alpha"], target)

    def change_sets() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = target.cloudformation.list_change_sets(StackName="ecommerce-local-alpha")[
            "Summaries"
        ]
        return found

    before = change_sets()
    assert deploy(services["alpha"], target) == "no changes"
    assert change_sets() == before


def test_the_same_verb_on_aws(cloud: Cloud, services: dict[str, Service], edit: Edit) -> None:
    """Everything that differs on AWS: wheels, region, the account's own bucket, no local endpoint."""
    dev = Environment("dev", "aws", "eu-west-1", {"LogRetentionDays": "14"})
    place = Target(dev, cloud.session(), cloud.endpoint)
    alpha = edit(services["alpha"], "  Greeting:\n", "  LocalEndpoint:\n    Type: String\n  Greeting:\n")
    assert deploy(alpha, place).startswith("created")
    assert deploy(alpha, place) == "no changes"
    assert (alpha.build / "package.stamp").is_file()
    bucket = f"ecommerce-dev-artifacts-{cloud.account}"
    assert place.s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=cloud.account)
    assert place.s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"
    assert parameters(alpha, Target(dev, cloud.session()), None)["LocalEndpoint"] == ""
    assert teardown(alpha, place, services).startswith("deleted")


def test_artifacts_for_a_pipeline(target: Target, services: dict[str, Service]) -> None:
    output = artifacts(services["alpha"], target)
    folder = services["alpha"].build / "artifacts"
    facts = json.loads((folder / "metadata.json").read_text())
    assert output == "alpha/build/artifacts/ holds template.json and metadata.json"
    assert facts["stack"] == "ecommerce-local-alpha"
    assert facts["parameters"]["LogRetentionDays"] == "7"
    assert facts["template"].startswith(target.endpoint)
    assert "build/package" not in (folder / "template.json").read_text()


def test_artifacts_are_made_without_reading_the_environment(target: Target, aliased: Service, edit: Edit) -> None:
    text = "  Greeting:\n    Type: String\n"
    from_ssm = (
        "  Neighbour:\n    Type: AWS::SSM::Parameter::Value<String>\n    Default: /ecommerce/{Environment}/beta/url\n"
    )
    service = edit(aliased, text, from_ssm + text)
    target.__dict__["ssm"] = None  # an environment that cannot be read
    artifacts(service, target)
    facts = json.loads((service.build / "artifacts" / "metadata.json").read_text())
    assert (facts["from_ssm"], facts["hash_parameter"]) == (["Neighbour"], "ConfigurationHash")
    assert "ConfigurationHash" not in facts["parameters"]


def said(target: Target, qualifier: str = "live") -> str:
    """What the function answers under that alias."""
    answer = target.client("lambda").invoke(FunctionName="ecommerce-local-alpha-hello", Qualifier=qualifier)
    return str(json.loads(answer["Payload"].read()))


@pytest.fixture
def aliased(services: dict[str, Service], edit: Edit) -> Service:
    return edit(services["alpha"], "    Timeout: 10\n", "    Timeout: 10\n    AutoPublishAlias: live\n")


def test_a_changed_parameter_reaches_the_alias(target: Target, aliased: Service, edit: Edit) -> None:
    deploy(aliased, target)
    assert said(target) == "hello"
    changed = edit(aliased, "Default: hello", "Default: good day")
    deploy(changed, target)
    assert said(target) == "good day"
    # The version before is deleted: an account keeps 75 GB of code.
    versions = target.client("lambda").list_versions_by_function(FunctionName="ecommerce-local-alpha-hello")["Versions"]
    assert len(versions) == 2, "$LATEST and the version of the alias"
    assert deploy(changed, target) == "no changes"


def test_a_change_of_anything_but_the_functions_is_deployed(target: Target, aliased: Service, edit: Edit) -> None:
    """Lambda publishes no version of a function that has not changed, and CloudFormation then fails."""
    deploy(aliased, target)
    assert deploy(edit(aliased, "alpha/table/name", "alpha/table/id"), target).startswith("updated")


def test_an_alias_keeps_its_version_when_no_version_is_published(target: Target, aliased: Service) -> None:
    """As on AWS, where SAM's AutoPublishAlias alone does not look at parameters."""
    deploy(aliased, target)
    set_greeting(target, "good day")
    assert (said(target, "$LATEST"), said(target)) == ("good day", "hello")


GROUP = """
  HelloLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/ecommerce-${Environment}-alpha-hello
      RetentionInDays: !Ref LogRetentionDays
"""


def test_a_late_invocation_leaves_no_log_group_that_the_next_deployment_meets(
    target: Target, services: dict[str, Service], edit: Edit
) -> None:
    """The role outlives the log group in this test, as it does while a stack is deleted."""
    logs, name = target.client("logs"), "/aws/lambda/ecommerce-local-alpha-hello"
    alpha = edit(services["alpha"], "\nResources:\n", "\nResources:" + GROUP)

    def groups() -> list[str]:
        return [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]]

    for left in groups():  # by the functions of other tests, whose template has no log group
        logs.delete_log_group(logGroupName=left)
    deploy(alpha, target)
    assert said(target, "$LATEST") == "hello"
    poll(lambda: logs.describe_log_streams(logGroupName=name)["logStreams"], what="a stream in the template's group")
    logs.delete_log_group(logGroupName=name)
    assert said(target, "$LATEST") == "hello"
    assert groups() == []
    teardown(alpha, target, services)
    assert deploy(alpha, target).startswith("created in")
