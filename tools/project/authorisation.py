"""Who may call what: the fields of the GraphQL schema, the routes of the OpenAPI documents, and the roles of functions.

The verdicts are kept in `docs/authorisation.yaml`. Tests compare them with what schema, documents and policies say, and
with the answers of a running platform.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    ListValueNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    parse,
)

from tools import ROOT
from tools.project.documents import read_yaml
from tools.project.services import discover

FILE = Path("docs") / "authorisation.yaml"
SCHEMA = Path("frontend-api") / "schema.graphql"
ANONYMOUS, API_KEY, PARTNER_KEY, SHOPPER, SERVICE = "anonymous", "api key", "partner key", "shopper", "service"
GROUPS = ("admin", "warehouse", "delivery")
CALLERS = (ANONYMOUS, API_KEY, PARTNER_KEY, SHOPPER, *GROUPS, SERVICE)
SIGNED_IN = frozenset((SHOPPER, *GROUPS))
ROOTS = ("Query", "Mutation", "Subscription")
METHODS = ("get", "put", "post", "delete", "patch", "options")
_ROUTE = re.compile(r"\$\{(\w+)ApiArn\}/([A-Z]+)(/.*)")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`own` is a yes for what belongs to the caller; anything else is as if it did not exist."""

    of_caller: Mapping[str, str]

    @property
    def reach(self) -> frozenset[str]:
        """The callers whose calls reach the service."""
        return frozenset(caller for caller, verdict in self.of_caller.items() if verdict != "no")


@cache
def expected(root: Path = ROOT) -> Mapping[str, Mapping[str, Verdicts]]:
    """`graphql` and `rest`: name -> verdicts. Raises ValueError for a row without a verdict for each caller."""
    document = read_yaml(root / FILE)
    callers = tuple(document["callers"])
    return {
        part: {name: _verdicts(name, callers, str(row).split()) for name, row in document[part].items()}
        for part in ("graphql", "rest")
    }


def expected_roles(root: Path = ROOT) -> Mapping[str, list[str]]:
    """Route -> the functions whose roles may call it."""
    found: Mapping[str, list[str]] = read_yaml(root / FILE)["roles"]
    return found


def _verdicts(name: str, callers: tuple[str, ...], row: list[str]) -> Verdicts:
    if callers != CALLERS or len(row) != len(callers) or not set(row) <= {"yes", "no", "own"}:
        raise ValueError(f"{FILE}: {name} needs yes, no or own for each of {', '.join(CALLERS)}")
    return Verdicts(dict(zip(callers, row, strict=True)))


# --- what the repository says ---


def fields(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """`Query.getOrder` -> the callers that the schema lets in. A field without a directive is for API keys."""
    found = {}
    for node in parse((root / SCHEMA).read_text(encoding="utf-8")).definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ROOTS:
            for field in node.fields:
                found[f"{node.name.value}.{field.name.value}"] = _let_in(field)
    return found


def _let_in(field: FieldDefinitionNode) -> frozenset[str]:
    callers: set[str] = set()
    for directive in field.directives:
        match directive.name.value:
            case "aws_api_key":
                callers.add(API_KEY)
            case "aws_iam":
                callers.add(SERVICE)
            case "aws_cognito_user_pools":
                callers |= set(_groups(directive)) or SIGNED_IN
    return frozenset(callers or {API_KEY})


def _groups(directive: ConstDirectiveNode) -> Iterator[str]:
    for argument in directive.arguments:
        if isinstance(argument.value, ListValueNode):
            yield from (value.value for value in argument.value.values if isinstance(value, StringValueNode))


def routes(root: Path = ROOT) -> dict[str, frozenset[str]]:
    """`warehouse POST /backend/reserve` -> the callers that API Gateway lets in."""
    found = {}
    for name in discover(root):
        path = root / name / "openapi.yaml"
        if not path.is_file():
            continue
        document = read_yaml(path)
        schemes = document.get("components", {}).get("securitySchemes", {})
        for route, methods in document["paths"].items():
            for method in METHODS:
                if method in methods:
                    found[f"{name} {method.upper()} {route}"] = _admitted(methods[method], schemes)
    return found


def _admitted(operation: Mapping[str, Any], schemes: Mapping[str, Any]) -> frozenset[str]:
    security = operation.get("security")
    if not security:
        return frozenset(CALLERS)
    ((name, _),) = security[0].items()
    match schemes[name].get("x-amazon-apigateway-authtype"):
        case "awsSigv4":
            return frozenset((SERVICE,))
        case "cognito_user_pools":
            return SIGNED_IN
    return frozenset((PARTNER_KEY,))


def roles(root: Path = ROOT) -> dict[str, list[str]]:
    """Route -> the functions whose policies allow the call, such as `cart/GraphqlCartFunction`."""
    found: dict[str, list[str]] = {}
    for name, service in discover(root).items():
        for function, resource in service.template["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                for route in _callable(resource["Properties"].get("Policies")):
                    found.setdefault(route, []).append(f"{name}/{function}")
    return {route: sorted(functions) for route, functions in sorted(found.items())}


def _callable(policies: Any) -> Iterator[str]:
    for policy in policies if isinstance(policies, list) else [policies]:
        for statement in _unconditional((policy or {}).get("Statement", ())):
            if "execute-api:Invoke" not in _listed(statement.get("Action")):
                continue
            for target in _listed(statement["Resource"]):
                match = _ROUTE.fullmatch(target["Fn::Sub"]) if isinstance(target, Mapping) else None
                if match is None:
                    raise ValueError(f"{target} is not the ARN of a route")
                service = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", match[1]).lower()
                yield f"{service} {match[2]} {match[3]}"


def _unconditional(statements: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The statements, with both branches of a condition."""
    for statement in statements:
        yield from (each for each in statement.get("Fn::If", [None, statement])[1:] if "Ref" not in each)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
