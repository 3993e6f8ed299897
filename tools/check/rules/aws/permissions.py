"""The policy of each function against what its code calls: nothing missing, nothing unused.

Compared are actions. Whether the resources are the right ones shows at run time: the local cloud enforces every policy.
What Lambda itself needs of the role follows from the template: event source mappings, destinations.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from shared.cfn_lint_rules.policies import statements
from tools.check.rules.aws.code import Code
from tools.check.rules.aws.packaged_templates import services
from tools.check.rules.aws.used_actions import Reach
from tools.check.rules.aws.values import named
from tools.check.rules.findings import Finding, Repository
from tools.project.documents import line_of
from tools.project.problems import Problem
from tools.project.services import Service, discover

FUNCTION = "AWS::Serverless::Function"
MAPPING = "AWS::Lambda::EventSourceMapping"
# Lambda Developer Guide: "Using Lambda with Amazon SQS", "Using AWS Lambda with Amazon DynamoDB".
QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
SEND = {"sqs": {"sqs:SendMessage"}, "sns": {"sns:Publish"}, "s3": {"s3:PutObject", "s3:ListBucket"}}
BUCKET = "BucketArn"  # the output of a nested stack


def check_permissions(repository: Repository) -> Iterator[Finding]:
    known = discover(repository.root)
    exempt = yaml.safe_load(Path(__file__).with_name("permissions.yaml").read_text(encoding="utf-8"))
    for name in services(repository):
        if known[name].source.is_dir():
            yield from of_service(known[name], repository.root, exempt)


def of_service(service: Service, root: Path, exempt: Mapping[str, Any]) -> Iterator[Finding]:
    packages = [path for path in service.source.iterdir() if (path / "__init__.py").is_file()]
    packages += [] if service.standalone else [root / "shared" / "src" / "ecom"]
    try:
        resources = service.template["Resources"]
        code = Code(*packages)
    except (Problem, SyntaxError):
        return  # reported by other checks
    reach = Reach(code)
    granted = granted_actions(service.template)
    for logical_id, resource in resources.items():
        if resource["Type"] != FUNCTION:
            continue
        place = f"{service.name}/{logical_id}"
        line = line_of(service.template_path, "Resources", logical_id)
        file = str(service.template_path.relative_to(root))
        try:
            used = reach.actions(str(resource["Properties"].get("Handler", "")))
        except KeyError:
            yield Finding(file, line, f"{logical_id}: its Handler is no function of the service", "correct its path")
            continue
        used = used | needed_by_lambda(logical_id, resources) | set((exempt.get("used") or {}).get(place, ()))
        allowed = granted.get(logical_id, set())
        for action in sorted(used - allowed):
            yield Finding(file, line, f"{logical_id} calls {action}, which its policy does not allow", "grant it")
        for action in sorted(allowed - used - set((exempt.get("unused") or {}).get(place, ()))):
            yield Finding(file, line, f"{logical_id} may {action}, which its code never calls", "remove it")


def granted_actions(template: Mapping[str, Any]) -> dict[str, set[str]]:
    """Function -> the actions that its own policies allow."""
    found: dict[str, set[str]] = {}
    for statement in statements(template):
        if statement.is_identity and statement.allows:
            found.setdefault(statement.resource.name, set()).update(statement.actions)
    return found


def needed_by_lambda(function: str, resources: Mapping[str, Any]) -> set[str]:
    """What Lambda does with the role of the function: poll its sources, and send what failed.

    SAM itself allows the destinations of `EventInvokeConfig` (AWS SAM Developer Guide: OnFailure).
    """
    found: set[str] = set()
    for resource in resources.values():
        given = resource.get("Properties") or {}
        if resource["Type"] == MAPPING and _names(given.get("FunctionName")) == function:
            found |= STREAM if _is_stream(given, resources) else QUEUE
            found |= _destination(given)
    return found


def _is_stream(mapping: Mapping[str, Any], resources: Mapping[str, Any]) -> bool:
    source = named(mapping.get("EventSourceArn"), resources)
    return bool(resources.get(source, {}).get("Type") == "AWS::DynamoDB::Table" or "StartingPosition" in mapping)


def _destination(mapping: Mapping[str, Any]) -> set[str]:
    """A destination is a queue unless its ARN or its name says otherwise."""
    failure = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    text = json.dumps(failure)
    kind = "s3" if BUCKET in text else next((name for name in SEND if f":{name}:" in text), "sqs")
    return SEND[kind] if failure else set()


def _names(value: Any) -> str:
    """The function that a mapping names, by its alias or itself."""
    if not isinstance(value, Mapping):
        return ""
    found = value.get("Ref") or value.get("Fn::GetAtt") or ""
    name = str(found[0] if isinstance(found, list) else found)
    return name.partition(".")[0]
