"""Intrinsic functions of a template, as far as ours use them. Another one raises NotSimulated with its name."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tools.sim.aws_seam import ACCOUNT, REGION
from tools.sim.not_simulated import NotSimulated

NO_VALUE = object()
PSEUDO = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NO_VALUE,
}
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class Resolver:
    """Resolves the values of one stack. `attribute` gives `Ref` ("") and attributes of its resources."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        attribute: Callable[[str, str], Any],
        stack: str,
    ) -> None:
        self._conditions: Mapping[str, Any] = template.get("Conditions") or {}
        self._mappings: Mapping[str, Any] = template.get("Mappings") or {}
        self._parameters, self._attribute = parameters, attribute
        self._pseudo = {**PSEUDO, "AWS::StackName": stack}

    def holds(self, name: str) -> bool:
        return self._test(self._conditions[name])

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [found for each in node if (found := self.value(each)) is not NO_VALUE]
        if not isinstance(node, Mapping):
            return node
        if len(node) == 1:
            ((name, inner),) = node.items()
            if name == "Ref":
                return self._ref(inner)
            if name.startswith("Fn::"):
                return self._function(name, inner)
        found = {key: self.value(each) for key, each in node.items()}
        return {key: each for key, each in found.items() if each is not NO_VALUE}

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        return self._attribute(name, "")

    def _function(self, name: str, inner: Any) -> Any:
        match name, inner:
            case "Fn::GetAtt", str():
                return self._attribute(*inner.split(".", 1))
            case "Fn::GetAtt", [resource, attribute]:
                return self._attribute(resource, self.value(attribute))
            case "Fn::Sub", str():
                return self._substituted(inner, {})
            case "Fn::Sub", [text, variables]:
                return self._substituted(text, {key: self.value(each) for key, each in variables.items()})
            case "Fn::If", [condition, then, otherwise]:
                return self.value(then if self.holds(condition) else otherwise)
            case "Fn::Join", [separator, parts]:
                return separator.join(str(each) for each in self.value(parts))
            case "Fn::Split", [separator, text]:
                return str(self.value(text)).split(separator)
            case "Fn::Select", [place, listed]:
                return self.value(listed)[int(place)]
            case "Fn::FindInMap", [mapping, first, second]:
                return self._mappings[mapping][self.value(first)][self.value(second)]
        raise NotSimulated(f"the intrinsic function {name}")

    def _substituted(self, text: str, variables: Mapping[str, Any]) -> str:
        def found(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in variables:
                return str(variables[name])
            resource, dot, attribute = name.partition(".")
            return str(self._attribute(resource, attribute) if dot else self._ref(name))

        return _PLACEHOLDER.sub(found, text).replace("${!", "${")

    def _test(self, node: Any) -> bool:
        ((name, inner),) = node.items()
        match name:
            case "Fn::Equals":
                return str(self.value(inner[0])) == str(self.value(inner[1]))
            case "Fn::Not":
                return not self._test(inner[0])
            case "Fn::And":
                return all(self._test(each) for each in inner)
            case "Fn::Or":
                return any(self._test(each) for each in inner)
            case "Condition":
                return self.holds(inner)
        raise NotSimulated(f"the condition function {name}")
