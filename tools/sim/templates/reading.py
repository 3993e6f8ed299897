"""From the packaged and transformed templates of all services to one blueprint."""

import re
from collections.abc import Iterable, Mapping, Set
from functools import cache
from pathlib import Path
from typing import Any

from tools.check.rules.aws.transformed import Template, of_service
from tools.local.aws.apigateway.service_integrations import action_of, problem_of
from tools.project.environments import read_all
from tools.project.services import SSM_TYPE, deploy_order, discover
from tools.sim.modules import ROOT
from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.apis import OF_APIS, OF_DOCUMENTS, callers_of, has_route, integration_of
from tools.sim.templates.appsync import OF_DATA_SOURCES, OF_RESOLVERS, resolver_of
from tools.sim.templates.arns import arn
from tools.sim.templates.blueprint import ENVIRONMENT, STACKS, Api, Blueprint, Function, Integration, Role, Route
from tools.sim.templates.machines import machine_of
from tools.sim.templates.resolving import Resolver
from tools.sim.templates.resources import KINDS, role_of
from tools.sim.templates.without_effect import WITHOUT_EFFECT

# Services whose functions do not run here, and what of them is used. Their parameters exist.
ONLY_NAMES = {
    "platform": "its bus; the listener is for tests",
    "users": "people are signed in",
    "pictures": "S3, SNS and CloudFront are not simulated",
    "search": "it follows products and stock and holds nothing of its own; its tests shuffle events and writers",
}
# Days of waiting are minutes here, so that they end in the day of a run, beside people and faults.
SHORTER = {
    "returns": {"DecisionDays": "0.01", "GoodsDays": "0.00625"},
}
LEFT_OUT = {
    "monitoring": "alarms and a dashboard",
    "pipeline": "deployments",
    "storefront": "pages and their CDN; a page asks as the people here do",
}
# Types that are named in other templates only through parameters of the services above.
_OF_ONLY_NAMES = ("AWS::SSM::Parameter", "AWS::Events::EventBus")
_IN_URI = re.compile(r"/functions/(.+)/invocations")


@cache
def blueprint(root: Path = ROOT) -> Blueprint:
    """The platform as the templates under a root describe it. Raises NotSimulated."""
    services, made = discover(root), Blueprint()
    for name in (each for level in deploy_order(services) for each in level):
        if name not in LEFT_OUT:
            _Stack(name, of_service(root, name), made).add()
    _drop_fields_of(ONLY_NAMES, made)
    return made


def _drop_fields_of(services: Iterable[str], made: Blueprint) -> None:
    """GraphQL fields whose functions do not run here: to ask for one is an error that names it."""
    for field, resolver in list(made.resolvers.items()):
        for service in services:
            if resolver.function_arn.startswith(f"{STACKS}-{service}-"):
                made.left_out_fields[field] = service
                del made.resolvers[field]


class _Stack:
    """One service's stack with its nested ones."""

    def __init__(self, service: str, templates: Iterable[Template], made: Blueprint) -> None:
        self.service, self.made = service, made
        plain = [each for each in templates if not each.gradual]
        self._nested = {each.file.rpartition("/")[2]: each for each in plain if each.file.startswith("shared/")}
        (self._own,) = [each for each in plain if each.file.startswith(f"{service}/template")]

    def add(self) -> None:
        _Part(self, self._own.body, f"{STACKS}-{self.service}", self._parameters()).add()

    def _parameters(self) -> dict[str, str]:
        """Values of the environment, parameters of other services, and defaults."""
        environment = read_all()[ENVIRONMENT]
        given = {
            **environment.parameters,
            "Environment": ENVIRONMENT,
            "ApiKeyExpires": "0",
            "ConfigurationHash": "none",
            **environment.services.get(self.service, {}),
            **SHORTER.get(self.service, {}),
        }
        values = {}
        for name, parameter in (self._own.body.get("Parameters") or {}).items():
            value = str(given.get(name, parameter.get("Default", ""))).replace("{Environment}", ENVIRONMENT)
            if parameter["Type"].startswith(SSM_TYPE):
                if value not in self.made.parameters:
                    raise NotSimulated(f"{self.service}: the SSM parameter {value} of {name}")
                value = self.made.parameters[value]
            values[name] = value
        return values

    def nested(self, url: str) -> Mapping[str, Any]:
        name = url.rpartition("/")[2].rpartition("-")[0]
        return self._nested[f"{name}.yaml"].body


class _Part:
    """One template with its parameters. Resources are resolved when they are first referred to."""

    def __init__(self, stack: _Stack, body: Mapping[str, Any], name: str, parameters: Mapping[str, str]) -> None:
        self.stack, self.name = stack, name
        self.made, self.service = stack.made, stack.service
        self._body = body
        self._resolver = Resolver(body, parameters, self._attribute, name)
        self._resources: Mapping[str, Any] = body["Resources"]
        self._properties: dict[str, dict[str, Any]] = {}
        self._parts: dict[str, _Part] = {}

    def add(self) -> None:
        order = sorted(self._resources, key=lambda name: _LATER.get(self._resources[name]["Type"], 0))
        for name in order:
            resource = self._resources[name]
            if "Condition" in resource and not self._resolver.holds(resource["Condition"]):
                continue
            self._add_one(name, resource["Type"])

    def output(self, name: str) -> Any:
        return self._resolver.value(self._body["Outputs"][name]["Value"])

    def _add_one(self, name: str, kind: str) -> None:
        if self.service in ONLY_NAMES and kind not in _OF_ONLY_NAMES:
            if kind == "AWS::Lambda::Function":
                role = self._role(self._resources[name]["Properties"]["Role"])
                self.made.left_out_roles[self._function_name(name)] = role
            return
        if kind in WITHOUT_EFFECT:
            return
        special = getattr(self, f"_add_{kind.replace('::', '_')}", None)
        if special is not None:
            special(name)
            return
        known = KINDS.get(kind)
        if known is None:
            raise NotSimulated(f"{self.service}: {name} is an {kind}")
        properties = self._known_of(name, known.known)
        if known.add is not None:
            known.add(self.made, self._physical(name), properties, self.service)

    def _known_of(self, name: str, known: Set[str]) -> dict[str, Any]:
        """The properties of a resource. Raises NotSimulated for one that is not known."""
        properties = self._of(name)
        if unknown := set(properties) - known:
            kind = self._resources[name]["Type"]
            raise NotSimulated(f"{self.service}: {name} ({kind}) has {', '.join(sorted(unknown))}")
        return properties

    def _of(self, name: str) -> dict[str, Any]:
        if name not in self._properties:
            self._properties[name] = self._resolver.value(self._resources[name].get("Properties") or {})
        return self._properties[name]

    def _physical(self, name: str) -> str:
        return f"{self.name}-{name}"

    def _attribute(self, name: str, attribute: str) -> Any:
        if name not in self._resources:
            raise NotSimulated(f"{self.service}: {name} is neither a parameter nor a resource")
        kind = self._resources[name]["Type"]
        if kind == "AWS::CloudFormation::Stack":
            return self._nested(name).output(attribute.removeprefix("Outputs."))
        if kind in WITHOUT_EFFECT or (self.service in ONLY_NAMES and kind not in KINDS):
            return f"{self._physical(name)}.{attribute}" if attribute else self._physical(name)
        if kind == "AWS::Lambda::Function":
            own = self._function_name(name)
            return arn("lambda", f"function:{own}") if attribute == "Arn" else own
        if kind == "AWS::Lambda::Alias":
            properties = self._of(name)
            return f"{arn('lambda', 'function:' + properties['FunctionName'])}:{properties['Name']}"
        if kind in ("AWS::ApiGateway::RestApi", "AWS::AppSync::DataSource"):
            return self._of(name)["Name"] if attribute == "Name" else self._physical(name)
        known = KINDS.get(kind)
        if known is None:
            raise NotSimulated(f"{self.service}: {name} is an {kind}")
        if not attribute:
            return known.ref(self._physical(name), self._of(name))
        if attribute not in known.attributes:
            raise NotSimulated(f"{self.service}: the attribute {name}.{attribute} of an {kind}")
        # A rule's own policy may name the rule: its ARN does not need all of its properties.
        return known.attributes[attribute](self._physical(name), self._light(name))

    def _light(self, name: str) -> dict[str, Any]:
        """The few properties that names and ARNs are made of."""
        given = self._resources[name].get("Properties") or {}
        return {key: self._resolver.value(given[key]) for key in ("Name", "EventBusName") if key in given}

    def _function_name(self, name: str) -> str:
        return str(self._resolver.value(self._resources[name]["Properties"]["FunctionName"]))

    def _nested(self, name: str) -> "_Part":
        if name not in self._parts:
            properties = self._of(name)
            body = self.stack.nested(properties["TemplateURL"])
            values = {key: str(each.get("Default", "")) for key, each in body["Parameters"].items()}
            self._parts[name] = _Part(self.stack, body, self._physical(name), {**values, **properties["Parameters"]})
        return self._parts[name]

    # --- types that need more than their own properties ---

    def _add_AWS_CloudFormation_Stack(self, name: str) -> None:  # noqa: N802 - the type's name
        self._nested(name).add()

    def _add_AWS_Lambda_Alias(self, name: str) -> None:  # noqa: N802
        self._known_of(name, {"FunctionName", "FunctionVersion", "Name"})

    def _add_AWS_Lambda_Function(self, name: str) -> None:  # noqa: N802
        known = {"FunctionName", "Handler", "Timeout", "Role", "Environment", "ReservedConcurrentExecutions"}
        known |= {"Architectures", "Code", "Description", "LoggingConfig", "MemorySize", "Runtime", "SnapStart"}
        known |= {"Tags", "TracingConfig"}
        properties = self._known_of(name, known)
        own = properties["FunctionName"]
        variables = (properties.get("Environment") or {}).get("Variables") or {}
        reserved = properties.get("ReservedConcurrentExecutions")
        made = Function(
            name=own,
            service=self.service,
            handler=properties["Handler"],
            timeout=float(properties.get("Timeout", 3)),
            variables={key: str(value) for key, value in variables.items()},
            role=self._role(self._resources[name]["Properties"]["Role"]),
            concurrency=None if reserved is None else int(reserved),
            arn=arn("lambda", f"function:{own}"),
        )
        self.made.functions[made.arn] = made

    def _role(self, reference: Any) -> Role:
        name, _ = reference["Fn::GetAtt"]
        return role_of(self._physical(name), self._of(name))

    def _add_AWS_ApiGateway_RestApi(self, name: str) -> None:  # noqa: N802
        document = self._known_of(name, OF_APIS)["Body"]
        if unknown := set(document) - OF_DOCUMENTS:
            raise NotSimulated(f"{self.service}: the document of {name} has {', '.join(sorted(unknown))}")
        responses = document.get("x-amazon-apigateway-gateway-responses") or {}
        routes = tuple(
            self._route(name, method, path, operation, document)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if has_route(f"{self.service}: {method} {path}", method, operation)
        )
        own = self._physical(name)
        self.made.apis[own] = Api(own, self.service, routes, "BAD_REQUEST_BODY" in responses)

    def _route(
        self, api: str, method: str, path: str, operation: Mapping[str, Any], document: Mapping[str, Any]
    ) -> Route:
        integration = integration_of(operation)
        found = _IN_URI.search(integration["uri"])
        direct = None if found else self._integration(api, method, path, integration)
        callers = callers_of(f"{self.service}: {method} {path}", operation, document)
        body = operation.get("requestBody") or {}
        schema = (body.get("content") or {}).get("application/json", {}).get("schema")
        whole = {**schema, "components": document.get("components", {})} if schema else None
        required = bool(body.get("required", False))
        return Route(method.upper(), path, found.group(1) if found else "", *callers, whole, required, direct)

    def _integration(self, api: str, method: str, path: str, document: Mapping[str, Any]) -> Integration:
        action, problem = action_of(document), problem_of(document)
        if not action or problem or str(document.get("passthroughBehavior")).lower() != "never":
            raise NotSimulated(f"{self.service}: the integration of {method} {path} {problem}")
        operation = self._resources[api]["Properties"]["Body"]["paths"][path][method]
        return Integration(action, self._role(integration_of(operation)["credentials"]), document)

    def _add_AWS_StepFunctions_StateMachine(self, name: str) -> None:  # noqa: N802
        role = self._role(self._resources[name]["Properties"]["RoleArn"])
        self.made.state_machines.append(machine_of(self._physical(name), self._of(name), role))

    def _add_AWS_AppSync_DataSource(self, name: str) -> None:  # noqa: N802
        kind = self._known_of(name, OF_DATA_SOURCES)["Type"]
        if kind not in ("AWS_LAMBDA", "NONE"):
            raise NotSimulated(f"{self.service}: {name} is a data source of type {kind}")

    def _add_AWS_AppSync_Resolver(self, name: str) -> None:  # noqa: N802
        properties = self._known_of(name, OF_RESOLVERS)
        source, _ = self._resources[name]["Properties"]["DataSourceName"]["Fn::GetAtt"]
        data_source = self._of(source)
        if data_source["Type"] == "NONE":
            self.made.local_fields.add(properties["FieldName"])
            return
        role = self._role(self._resources[source]["Properties"]["ServiceRoleArn"])
        made = resolver_of(name, properties, data_source, role)
        self.made.resolvers[made.field] = made


_LATER = {
    "AWS::SQS::QueuePolicy": 1,
    "AWS::Lambda::EventInvokeConfig": 1,
    "AWS::Lambda::EventSourceMapping": 1,
}
