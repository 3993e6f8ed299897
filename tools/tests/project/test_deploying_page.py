"""docs/deploying.md names commands that exist, and everything that teardown keeps."""

import re
import subprocess

from tools import ROOT
from tools.deploy.account import CONCURRENCY_QUOTA, ENOUGH_CONCURRENCY
from tools.deploy.kept import IMPORTABLE
from tools.project.services import of_platform
from tools.scale.model import resources
from tools.tests.project.described import DESCRIBED

PAGE = (ROOT / "docs" / "deploying.md").read_text()
IN_NESTED = {"AWS::SQS::Queue", "AWS::S3::Bucket"}


def test_every_make_target_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z0-9]+(?:-[a-z0-9]+)*(?:-<service>)?)", PAGE))
    assert {"check-account", "deploy", "restore", "teardown", "tests-e2e"} <= named
    # `make -n redrive` runs: there -n is the operator's --dry-run.
    targets = sorted(name.replace("<service>", "orders") for name in named - {"redrive"})
    done = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_everything_that_teardown_keeps_is_listed() -> None:
    kept = {
        (service.name, name, resource["Type"])
        for service in of_platform().values()
        for name, resource in service.template["Resources"].items()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    lists = " ".join(
        line
        for line in PAGE.splitlines()
        if line.startswith(("| DynamoDB", "| the user pool", "| the key", "| the bucket of pictures"))
    )
    for service, name, _ in kept:
        of_service = " ".join(re.findall(rf"\b{service} ((?:`\w+`(?:, )?)+)", lists))
        assert of_service, f"{service} is not in the list"
        assert f"`{name}`" in of_service, f"{service} keeps {name}"
    assert {kind for _, _, kind in kept} == IMPORTABLE.keys(), "make restore takes back every type that is kept"


def test_every_key_that_is_kept_is_deleted_with_the_rest() -> None:
    """Its id says nothing, so the page names its description. A key that is left over costs money every month."""
    rest = " ".join(PAGE.partition("## Delete the rest")[2].partition("\n## ")[0].split())
    descriptions = [
        resource["Properties"]["Description"]["Fn::Sub"].replace("${Environment}", "dev")
        for service in of_platform().values()
        for resource in service.template["Resources"].values()
        if resource["Type"] == "AWS::KMS::Key" and resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    ]
    assert descriptions
    assert [text for text in descriptions if f"`{text}`" not in rest] == []


def test_only_queues_and_buckets_are_kept_in_nested_stacks() -> None:
    services = of_platform().values()
    own = {id(resource) for service in services for resource in service.template["Resources"].values()}
    nested = {
        resource["Type"]
        for service in services
        for resource in resources(service.template_path, service.template)
        if id(resource) not in own and resource.get("DeletionPolicy") == "RetainExceptOnCreate"
    }
    assert nested == IN_NESTED


def test_the_limits_of_queues_and_the_functions_without_one_are_listed() -> None:
    (paragraph,) = re.findall(r"^Queues have a limit in any case: (.+?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    limits, _, unlimited = " ".join(paragraph.split()).partition("EventBridge invokes itself")
    named = {  # such as `Decoders` of *pictures* (10): each service has the next number
        (parameter, service, number)
        for parameter, owners in re.findall(r"`(\w+)` of ([^`]+)", limits)
        for services, number in re.findall(r"([^(]+)\((\d+)\)", owners)
        for service in re.findall(r"\*([\w-]+)\*", services)
    }
    there: set[tuple[str, str, str]] = set()
    invoked: set[str] = set()
    for service in (each for name, each in of_platform().items() if name in DESCRIBED):
        for resource in service.template["Resources"].values():
            properties = resource.get("Properties", {})
            if limit := properties.get("ScalingConfig"):
                parameter = limit["MaximumConcurrency"]["Ref"]
                default = service.template["Parameters"][parameter]["Default"]
                there.add((parameter, service.name, str(default)))
            if resource["Type"] == "AWS::Serverless::Function":
                kinds = {event["Type"] for event in properties.get("Events", {}).values()}
                invoked |= {service.name} if "EventBridgeRule" in kinds else set()
    assert named == there
    assert set(re.findall(r"\*([\w-]+)\*", unlimited)) == invoked


def test_the_page_names_the_quota_that_the_check_asks_for() -> None:
    assert f"`{CONCURRENCY_QUOTA}`" in PAGE
    assert f"Below {ENOUGH_CONCURRENCY} " in PAGE
