"""The HTTP API of the service `schemas`, on the store of `registry.py`.

Served: create, describe, update, list and delete of registries and schemas, versions, search, export, resource
policies. Discovery and code bindings answer that they are not available here. Tags are accepted and not stored.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from tools.local.aws.schemas.registry import (
    Document,
    SchemaRegistry,
    SchemasError,
    bad_request,
    registry_arn,
    schema_arn,
)
from tools.local.engine.own_services import Asked, Response

PAGE = 100
REGISTRY = r"/v1/registries/name/(?P<registry>[^/]+)"
SCHEMA = REGISTRY + r"/schemas/name/(?P<schema>[^/]+)"

Answer = tuple[int, Document | None]
Operation = Callable[["Request"], Answer]


def arn_of_request(asked: Asked) -> str:
    """The resource that IAM checks: the schema, else the registry, else `*`."""
    here = f"arn:aws:schemas:{asked.region}:{asked.account}"
    if found := re.match(SCHEMA, asked.path):
        return f"{here}:schema/{found['registry']}/{found['schema']}"
    if found := re.match(REGISTRY, asked.path):
        return f"{here}:registry/{found['registry']}"
    return "*"


class Request:
    """One call: names from the path, the JSON body, the query."""

    def __init__(self, names: dict[str, str], body: bytes, query: dict[str, list[str]]) -> None:
        self.registry, self.schema = names.get("registry", ""), names.get("schema", "")
        self.number = names.get("version")
        self._query = query
        try:
            sent = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise bad_request("The request body is not JSON.") from None
        if not isinstance(sent, dict):
            raise bad_request("The request body is not a JSON object.")
        self.body: Document = sent

    def query(self, name: str) -> str:
        values = self._query.get(name) or [""]
        return values[0]

    def required(self, name: str) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise bad_request(f"{name} is required.")
        return value


class SchemasService:
    """A service of the engine; see `engine/own_services.py`."""

    def __init__(self, store: SchemaRegistry) -> None:
        self._store = store
        self.get_state, self.reset = store.get_state, store.reset
        self.load_persisted_state = store.load_persisted_state
        self._routes: list[tuple[str, re.Pattern[str], Operation]] = [
            (method, re.compile(pattern + "/?"), operation)
            for method, pattern, operation in (
                ("GET", "/v1/registries", self._list_registries),
                ("POST", REGISTRY, self._create_registry),
                ("GET", REGISTRY, self._describe_registry),
                ("PUT", REGISTRY, self._update_registry),
                ("DELETE", REGISTRY, self._delete_registry),
                ("GET", REGISTRY + "/schemas", self._list_schemas),
                ("GET", REGISTRY + "/schemas/search", self._search),
                ("POST", SCHEMA, self._create_schema),
                ("GET", SCHEMA, self._describe_schema),
                ("PUT", SCHEMA, self._update_schema),
                ("DELETE", SCHEMA, self._delete_schema),
                ("GET", SCHEMA + "/versions", self._list_versions),
                ("DELETE", SCHEMA + "/version/(?P<version>[^/]+)", self._delete_version),
                ("GET", SCHEMA + "/export", self._export),
                ("GET", "/v1/policy", self._get_policy),
                ("PUT", "/v1/policy", self._put_policy),
                ("DELETE", "/v1/policy", self._delete_policy),
            )
        ]

    async def handle_request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],  # noqa: ARG002 - the engine's contract
        body: bytes,
        query: dict[str, list[str]],
    ) -> Response:
        try:
            status, answer = self._route(method, path, body, query)
        except SchemasError as error:
            content = {"Code": error.code, "Message": str(error)}
            kind = {"Content-Type": "application/json", "x-amzn-errortype": error.code}
            return error.status, kind, json.dumps(content).encode()
        content_bytes = b"" if answer is None else json.dumps(answer).encode()
        return status, {"Content-Type": "application/json"}, content_bytes

    def _route(self, method: str, path: str, body: bytes, query: dict[str, list[str]]) -> Answer:
        for verb, pattern, operation in self._routes:
            if verb == method and (found := pattern.fullmatch(path)):
                return operation(Request(found.groupdict(), body, query))
        raise SchemasError(501, "InternalServerErrorException", f"{method} {path} is not available on the local cloud")

    # --- registries ---

    def _registry_answer(self, registry: Document) -> Document:
        return {
            "RegistryName": registry["name"],
            "RegistryArn": registry_arn(registry["name"]),
            "Description": registry["description"],
            "tags": {},
        }

    def _create_registry(self, request: Request) -> Answer:
        made = self._store.create_registry(request.registry, request.body.get("Description") or "")
        return 201, self._registry_answer(made)

    def _describe_registry(self, request: Request) -> Answer:
        return 200, self._registry_answer(self._store.registry(request.registry))

    def _update_registry(self, request: Request) -> Answer:
        changed = self._store.update_registry(request.registry, request.body.get("Description") or "")
        return 200, self._registry_answer(changed)

    def _delete_registry(self, request: Request) -> Answer:
        self._store.delete_registry(request.registry)
        return 204, None

    def _list_registries(self, request: Request) -> Answer:
        prefix = request.query("registryNamePrefix")
        names = [name for name in sorted(self._store.registries) if name.startswith(prefix)]
        if request.query("scope") == "AWS":
            names = []  # AWS's own registry does not exist here
        page = [{"RegistryName": name, "RegistryArn": registry_arn(name), "tags": {}} for name in names]
        return 200, _page("Registries", page, request)

    # --- schemas ---

    def _schema_answer(self, registry: str, schema: Document, number: str | None = None) -> Document:
        version = self._store.version(registry, schema["name"], number)
        return {
            "SchemaName": schema["name"],
            "SchemaArn": schema_arn(registry, schema["name"]),
            "SchemaVersion": version["number"],
            "Type": version["type"],
            "Description": schema["description"],
            "LastModified": schema["modified"],
            "VersionCreatedDate": version["created"],
            "tags": {},
        }

    def _create_schema(self, request: Request) -> Answer:
        made = self._store.create_schema(
            request.registry,
            request.schema,
            request.required("Type"),
            request.required("Content"),
            request.body.get("Description") or "",
        )
        return 201, self._schema_answer(request.registry, made)

    def _describe_schema(self, request: Request) -> Answer:
        number = request.query("schemaVersion") or None
        schema = self._store.schema(request.registry, request.schema)
        version = self._store.version(request.registry, request.schema, number)
        answer = self._schema_answer(request.registry, schema, number)
        return 200, {**answer, "Content": version["content"]}

    def _update_schema(self, request: Request) -> Answer:
        body = request.body
        changed = self._store.update_schema(
            request.registry, request.schema, body.get("Type"), body.get("Content"), body.get("Description")
        )
        return 200, self._schema_answer(request.registry, changed)

    def _delete_schema(self, request: Request) -> Answer:
        self._store.delete_schema(request.registry, request.schema)
        return 204, None

    def _list_schemas(self, request: Request) -> Answer:
        prefix = request.query("schemaNamePrefix")
        schemas = self._store.registry(request.registry)["schemas"]
        page = [
            {
                "SchemaName": name,
                "SchemaArn": schema_arn(request.registry, name),
                "LastModified": schemas[name]["modified"],
                "VersionCount": len(schemas[name]["versions"]),
                "tags": {},
            }
            for name in sorted(schemas)
            if name.startswith(prefix)
        ]
        return 200, _page("Schemas", page, request)

    def _list_versions(self, request: Request) -> Answer:
        schema = self._store.schema(request.registry, request.schema)
        page = [
            {
                "SchemaName": schema["name"],
                "SchemaArn": schema_arn(request.registry, schema["name"]),
                "SchemaVersion": version["number"],
                "Type": version["type"],
            }
            for version in reversed(schema["versions"])
        ]
        return 200, _page("SchemaVersions", page, request)

    def _delete_version(self, request: Request) -> Answer:
        self._store.delete_version(request.registry, request.schema, str(request.number))
        return 204, None

    def _search(self, request: Request) -> Answer:
        words = request.query("keywords").lower().split()
        if not words:
            raise bad_request("keywords is required.")
        schemas = self._store.registry(request.registry)["schemas"]
        page = [
            {
                "RegistryName": request.registry,
                "SchemaName": name,
                "SchemaArn": schema_arn(request.registry, name),
                "SchemaVersions": [
                    {"SchemaVersion": version["number"], "CreatedDate": version["created"], "Type": version["type"]}
                    for version in reversed(schema["versions"])
                ],
            }
            for name, schema in sorted(schemas.items())
            if all(word in f"{name} {schema['versions'][-1]['content']}".lower() for word in words)
        ]
        return 200, _page("Schemas", page, request)

    def _export(self, request: Request) -> Answer:
        version = self._store.version(request.registry, request.schema, request.query("schemaVersion") or None)
        if request.query("type") != version["type"]:
            raise bad_request(f"Only {version['type']} can be exported from this schema.")
        return 200, {
            "Content": version["content"],
            "SchemaArn": schema_arn(request.registry, request.schema),
            "SchemaName": request.schema,
            "SchemaVersion": version["number"],
            "Type": version["type"],
        }

    # --- resource policies ---

    def _get_policy(self, request: Request) -> Answer:
        policy = self._store.registry(request.query("registryName"))["policy"]
        if policy is None:
            raise SchemasError(404, "NotFoundException", "The registry has no resource policy.")
        return 200, policy

    def _put_policy(self, request: Request) -> Answer:
        policy = self._store.put_policy(request.query("registryName"), request.required("Policy"))
        return 200, policy

    def _delete_policy(self, request: Request) -> Answer:
        self._store.put_policy(request.query("registryName"), None)
        return 204, None


def _page(name: str, items: list[dict[str, Any]], request: Request) -> Document:
    """One page. The token is the position of the next item."""
    token, limit = request.query("nextToken") or "0", request.query("limit") or str(PAGE)
    if not token.isdecimal() or int(token) > len(items):
        raise bad_request("The value of nextToken is not valid.")
    if not limit.isdecimal() or not 1 <= int(limit) <= PAGE:
        raise bad_request(f"limit must be from 1 to {PAGE}.")
    start, end = int(token), int(token) + int(limit)
    page: Document = {name: items[start:end]}
    if end < len(items):
        page["NextToken"] = str(end)
    return page
