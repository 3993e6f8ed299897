"""What a template has that can be watched: functions, queues, streams, APIs, state machines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.deploy.gradual_deployment import request_functions

PREFIX = "ecommerce-${Environment}-"
DEAD_LETTERS = "DeadLetters"


@dataclass(frozen=True)
class Part:
    """One resource: its logical id, and its name as `Fn::Sub` writes it."""

    id: str
    name: str


@dataclass(frozen=True)
class Parts:
    service: str
    template: Mapping[str, Any]

    def short(self, function: Part) -> str:
        """`ecommerce-${Environment}-orders-on-table-change` -> `on-table-change`."""
        return function.name.removeprefix(f"{PREFIX}{self.service}-")

    @cached_property
    def functions(self) -> tuple[Part, ...]:
        """Without those that only some environments have: they serve tests."""
        found = self._of("AWS::Serverless::Function")
        return tuple(
            Part(name, properties["FunctionName"]["Fn::Sub"])
            for name, properties in found
            if "Condition" not in self.template["Resources"][name]
        )

    @cached_property
    def answering(self) -> frozenset[str]:
        """The logical ids of functions that answer requests, and count the answers that failed."""
        return frozenset(request_functions(self.template))

    @cached_property
    def queues(self) -> tuple[Part, ...]:
        """The queues from which functions get messages."""
        sources = [properties["EventSourceArn"] for _, properties in self._mappings()]
        ids = [source["Fn::GetAtt"][0] for source in sources if source["Fn::GetAtt"][1] == "Arn"]
        return tuple(Part(name, f"${{{name}.QueueName}}") for name in dict.fromkeys(ids))

    @cached_property
    def stream_readers(self) -> tuple[Part, ...]:
        """The functions that read the stream of a table."""
        ids = [
            properties["FunctionName"]["Ref"].removesuffix(".Alias")
            for _, properties in self._mappings()
            if properties["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
        ]
        return tuple(function for function in self.functions if function.id in ids)

    @cached_property
    def rest_apis(self) -> tuple[Part, ...]:
        return tuple(Part(name, each["Name"]["Fn::Sub"]) for name, each in self._of("AWS::Serverless::Api"))

    @cached_property
    def graphql_apis(self) -> tuple[Part, ...]:
        return tuple(Part(name, f"${{{name}.ApiId}}") for name, _ in self._of("AWS::AppSync::GraphQLApi"))

    @cached_property
    def state_machines(self) -> tuple[Part, ...]:
        return tuple(Part(name, f"${{{name}}}") for name, _ in self._of("AWS::Serverless::StateMachine"))

    @cached_property
    def alarms(self) -> tuple[Part, ...]:
        """The alarms that the template itself has, in every environment."""
        return tuple(
            Part(name, each["AlarmName"]["Fn::Sub"])
            for name, each in self._of("AWS::CloudWatch::Alarm")
            if "Condition" not in self.template["Resources"][name]
        )

    @property
    def dead_letters(self) -> Mapping[str, Any] | None:
        """The nested stack with the dead-letter queue."""
        found: Mapping[str, Any] | None = self.template["Resources"].get(DEAD_LETTERS)
        return found

    def _mappings(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return self._of("AWS::Lambda::EventSourceMapping")

    def _of(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, resource in self.template["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource["Properties"]
