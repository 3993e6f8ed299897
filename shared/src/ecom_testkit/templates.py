"""Reads a service's template for its infra tests: rights, rules, published events, tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DEAD_LETTERS = {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
LOST_RECORDS = {"Fn::GetAtt": ["DeadLetters", "Outputs.BucketArn"]}
# Lambda reads the stream, and keeps the records that failed in a bucket.
READS_A_STREAM = frozenset(
    (
        *(f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")),
        "s3:ListBucket",
        "s3:PutObject",
    )
)
READS_A_QUEUE = frozenset(
    f"sqs:{action}" for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "ChangeMessageVisibility")
)


def create_table_request(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What moto needs to create a table of a template: its keys and indexes, without conditional settings."""
    names = ("BillingMode", "AttributeDefinitions", "KeySchema")
    indexes = {
        kind: [{name: each[name] for name in ("IndexName", "KeySchema", "Projection")} for each in properties[kind]]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
        if kind in properties
    }
    return {**{name: properties[name] for name in names}, **indexes}


class Template:
    """A SAM template whose loops are expanded. `t["Table"]` is the resource, `t.properties("Table")` its properties."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body
        self.resources: dict[str, Any] = body["Resources"]

    def __getitem__(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.resources[name]
        return found

    def properties(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self[name].get("Properties", {})
        return found

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Logical id -> properties of each resource of a type."""
        return {name: self.properties(name) for name, resource in self.resources.items() if resource["Type"] == kind}

    def statements(self, function: str) -> list[dict[str, Any]]:
        """The statements of a SAM function's policies, those of `Fn::If` included."""
        policies = self.properties(function).get("Policies", [])
        listed = [statement for policy in _listed(policies) for statement in policy["Statement"]]
        return [each["Fn::If"][1] if "Fn::If" in each else each for each in listed]

    def actions(self, function: str) -> set[str]:
        return {action for statement in self.statements(function) for action in _listed(statement["Action"])}

    def parameters(self, service: str) -> set[str]:
        """The names of the SSM parameters, without `/ecommerce/{environment}/{service}/`."""
        prefix = f"/ecommerce/${{Environment}}/{service}/"
        names = [properties["Name"]["Fn::Sub"] for properties in self.of_type("AWS::SSM::Parameter").values()]
        return {name.removeprefix(prefix) for name in names if name.startswith(prefix)}

    def is_retained(self, name: str) -> bool:
        """Whether it stays when its stack is deleted or replaces it."""
        kept = self[name].get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
        return kept and self[name].get("UpdateReplacePolicy") == "Retain"

    def rules(self) -> dict[str, dict[str, Any]]:
        """Name -> `AWS::Events::Rule` properties, of rules and of the rules that SAM makes for a function's events."""
        return self.of_type("AWS::Events::Rule") | dict(self._rules_of_functions())

    def _rules_of_functions(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for function, properties in self.of_type("AWS::Serverless::Function").items():
            for name, event in properties.get("Events", {}).items():
                if event["Type"] in ("EventBridgeRule", "Schedule"):
                    rule = event["Properties"]
                    keys = ("DeadLetterConfig", "RetryPolicy")
                    target = {"Arn": {"Ref": f"{function}.Alias"}, **{key: rule[key] for key in keys if key in rule}}
                    yield (
                        name,
                        {
                            "EventPattern": rule.get("Pattern"),
                            "ScheduleExpression": rule.get("Schedule"),
                            "Targets": [target],
                        },
                    )

    def consumed_events(self) -> set[tuple[str, str]]:
        """(source, detail-type) of each event that a rule names."""
        patterns = [rule["EventPattern"] for rule in self.rules().values() if rule.get("EventPattern")]
        return {(source, name) for each in patterns for source in each["source"] for name in each["detail-type"]}

    def registered_events(self) -> set[str]:
        """`{source}@{detail-type}` of each schema in the registry."""
        return {schema["SchemaName"] for schema in self.of_type("AWS::EventSchemas::Schema").values()}

    def check_stream(self, mapping: str) -> None:
        """A record that keeps failing must be isolated and, after some attempts, be kept whole: the stream keeps it for
        a day only."""
        source = self.properties(mapping)
        assert source["BisectBatchOnFunctionError"] is True
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 0 < source["MaximumRetryAttempts"] <= 10
        assert source["DestinationConfig"]["OnFailure"]["Destination"] == LOST_RECORDS
        assert self.properties("DeadLetters")["Parameters"]["OfStream"] == "yes"

    def check_rules(self) -> None:
        """An event that EventBridge cannot deliver must go to the dead-letter queue, whatever the rule."""
        targets = [target for rule in self.rules().values() for target in rule["Targets"]]
        assert targets
        assert [target["DeadLetterConfig"] for target in targets] == [{"Arn": DEAD_LETTERS}] * len(targets)

    def check_event_queue(self, function: str) -> None:
        """Events wait about a day in `EventQueue`, into which only the stack's own rules may send."""
        rules = {name: rule for name, rule in self.rules().items() if rule["EventPattern"]}
        targets = [target["Arn"] for rule in rules.values() for target in rule["Targets"]]
        assert targets == [{"Fn::GetAtt": ["EventQueue", "Arn"]}] * len(rules)
        queue = self.properties("EventQueue")
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_LETTERS
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 96
        assert queue["VisibilityTimeout"] >= 6 * self.properties(f"{function}Function")["Timeout"]
        assert self.properties(f"{function}Source")["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        (policy,) = self.of_type("AWS::SQS::QueuePolicy").values()
        (statement,) = policy["PolicyDocument"]["Statement"]
        sources = [{"Fn::GetAtt": [name, "Arn"]} for name in rules]
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": sources}}


def published_events(service: Path) -> set[str]:
    """`{source}@{detail-type}` of each schema in the folder of a service."""
    return {f"ecommerce.{service.name}@{file.stem}" for file in (service / "events").glob("*.json")}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
