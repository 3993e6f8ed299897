"""E9020: EventBridge publishes to a topic without a condition."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.policies import Statement, statements
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import alternatives, as_list, references, text_of

EVENTBRIDGE = "events.amazonaws.com"
_DO = "remove the Condition from its statement"


class TopicPolicyOfEventBridge(Rule):
    """EventBridge User Guide, *Using resource-based policies for Amazon EventBridge*: no Condition in the policy of a
    topic. Amazon SNS Developer Guide, *Managing Amazon SNS encryption keys and costs*: no `aws:Source...` in the policy
    of its key. With one, no message of a rule arrives, and no deployment fails."""

    id: ClassVar[str] = "E9020"
    shortdesc: ClassVar[str] = "EventBridge publishes to a topic without a condition"
    description: ClassVar[str] = "EventBridge sends SNS, and KMS for a topic, no condition keys"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        keys = [topic.properties.get("KmsMasterKeyId") for topic in resources(template, "AWS::SNS::Topic")]
        of_topics = {name.split(".")[0] for key in keys for name in references(key)}
        for statement in statements(template):
            of_key = statement.resource.type == "AWS::KMS::Key" and statement.resource.name in of_topics
            if not of_key and statement.resource.type != "AWS::SNS::TopicPolicy":
                continue
            if statement.allows and _is_of_eventbridge(statement):
                place = "KMS no {} for a topic" if of_key else "SNS no {}"
                for key in _keys(statement.body.get("Condition"), of_key):
                    text = f"{statement.resource.name}: EventBridge sends {place.format(key)}: {_DO}"
                    yield [*statement.path, "Condition"], text


def _is_of_eventbridge(statement: Statement) -> bool:
    principals = [each for each in alternatives(statement.body.get("Principal")) if isinstance(each, Mapping)]
    services = [text_of(service) for each in principals for service in as_list(each.get("Service"))]
    return EVENTBRIDGE in services


def _keys(condition: Any, of_key: bool) -> Iterator[str]:
    """The condition keys that never have a value. KMS has its own, such as the encryption context."""
    for each in alternatives(condition):
        for operator in each.values() if isinstance(each, Mapping) else ():
            for test in alternatives(operator):
                for key in test if isinstance(test, Mapping) else ():
                    if not of_key or str(key).lower().startswith("aws:source"):
                        yield str(key)
