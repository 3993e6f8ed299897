"""`make package`: a template that refers to no local file.

Code and nested templates are uploaded to the artifact bucket, once, under the hash of their content. Small documents
(OpenAPI, GraphQL, state machines, included snippets, `{{file:...}}`) become part of the template, which every
CloudFormation accepts (ADR 0004).
"""

import copy
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from tools.deploy.build import package_digest, write_zip
from tools.deploy.gradual_deployment import with_gradual_deployment
from tools.deploy.graphql_schema import for_appsync
from tools.deploy.log_groups import without_log_group_creation
from tools.deploy.observability.template import with_observability
from tools.deploy.role_boundaries import with_boundaries
from tools.deploy.role_paths import with_role_paths
from tools.project.documents import line_of, read_json, read_text, read_yaml, relative
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.references import dangling
from tools.project.services import NESTED, Service, read_template

MARK = "{{file:"
# The parameter that `with_versions` adds.
CONFIGURATION_HASH = "ConfigurationHash"
# SAM writes it into the document with the parameter's value, and names the deployment by that document. No request has
# this media type, so it has no other effect.
CONFIGURATION_MEDIA_TYPE = {"Fn::Join": ["", ["application/vnd.ecommerce.configuration.", {"Ref": CONFIGURATION_HASH}]]}
# CloudFormation's limit for a template that it reads from S3.
TEMPLATE_LIMIT = 1_000_000

# (resource type, property that names a local file) -> (property that takes its content, how the file is read)
INLINED: dict[tuple[str, str], tuple[str, Callable[[Path], Any]]] = {
    ("AWS::Serverless::Api", "DefinitionUri"): ("DefinitionBody", read_yaml),
    ("AWS::Serverless::HttpApi", "DefinitionUri"): ("DefinitionBody", read_yaml),
    ("AWS::Serverless::StateMachine", "DefinitionUri"): ("Definition", read_yaml),
    ("AWS::ApiGateway::RestApi", "BodyS3Location"): ("Body", read_yaml),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location"): ("Body", read_yaml),
    ("AWS::StepFunctions::StateMachine", "DefinitionS3Location"): ("Definition", read_yaml),
    ("AWS::AppSync::GraphQLSchema", "DefinitionS3Location"): ("Definition", lambda path: _text(path)),
    ("AWS::AppSync::Resolver", "CodeS3Location"): ("Code", read_text),
    ("AWS::AppSync::FunctionConfiguration", "CodeS3Location"): ("Code", read_text),
}
# Properties that take a zip of a local folder.
ZIPPED = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Lambda::Function": "Code",
}


class Store(Protocol):
    """Where artifacts are stored, for example `tools.deploy.bucket.Bucket`."""

    name: str
    environment: Environment

    def put(self, key: str, content: Callable[[], bytes]) -> bool: ...

    def url(self, key: str) -> str: ...


@dataclass(frozen=True)
class Packaged:
    """The template as CloudFormation accepts it, and its URL in the bucket."""

    body: str
    url: str
    uploaded: list[str] = field(default_factory=list)

    @cached_property
    def template(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def parameters(self) -> dict[str, Any]:
        """All that the template declares, with the one that the packager adds."""
        return self.template.get("Parameters") or {}


def package(service: Service, bucket: Store) -> Packaged:
    packager = Packager(service, bucket)
    body = packager.packaged(service.template_path, prepared(service))
    url = packager.store_template(service.template_path, body)
    target = service.build / "packaged" / bucket.environment.name / "template.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(body)
    return Packaged(body, url, packager.uploaded)


def prepared(service: Service) -> dict[str, Any]:
    """The template with what we add to it for CloudFormation."""
    template = with_observability(with_versions(service.template), service)
    if not service.standalone:  # another company's system does not count its failed answers
        template = with_gradual_deployment(template)
    if not service.deployed_by:  # the pipelines' own roles are known by their names
        template = with_boundaries(with_role_paths(template, service.name))
    return without_log_group_creation(template)


def declared(service: Service) -> dict[str, Any]:
    """The parameters that a deployment gives values to."""
    return without_hash(prepared(service).get("Parameters") or {})


def without_hash(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameter for name, parameter in parameters.items() if name != CONFIGURATION_HASH}


def with_versions(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template, with a new version of each aliased function, and a new deployment of each REST API, whenever
    template, code or parameters change.

    SAM's AutoPublishAlias alone publishes one when the code changes: another environment variable would stay on
    $LATEST, which no service calls (aws/serverless-application-model issue 2418). The versions before are deleted,
    since an account keeps 75 GB of code (ADR 0026).

    SAM names the deployment of a REST API by its document as it is written: after another value of a parameter the
    stage would go on serving the document with the value before (issue 914 there).
    """
    document = copy.deepcopy(dict(template))
    shared = (document.get("Globals") or {}).get("Function") or {}
    aliased = [
        resource["Properties"]
        for resource in document["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        and (shared.get("AutoPublishAlias") or resource["Properties"].get("AutoPublishAlias"))
    ]
    for properties in aliased:
        properties["AutoPublishCodeSha256"] = {"Ref": CONFIGURATION_HASH}
        properties["VersionDeletionPolicy"] = "Delete"
    apis = [each["Properties"] for each in document["Resources"].values() if each["Type"] == "AWS::Serverless::Api"]
    for properties in apis:
        properties["BinaryMediaTypes"] = [*properties.get("BinaryMediaTypes", ()), CONFIGURATION_MEDIA_TYPE]
    if aliased or apis:
        text = "Another value publishes a new version of each function and deploys each REST API"
        parameter = {"Type": "String", "Default": "none", "Description": text}
        document.setdefault("Parameters", {})[CONFIGURATION_HASH] = parameter
    return document


def configuration_hash(body: str, values: Mapping[str, str | None]) -> str:
    """The hash of a packaged template and of the values of its parameters."""
    return hashlib.sha256(json.dumps([body, sorted(values.items())]).encode()).hexdigest()


class Packager:
    """Makes the templates of one service independent of local files, and stores what they refer to."""

    def __init__(self, service: Service, bucket: Store) -> None:
        self.service = service
        self.bucket = bucket
        self.uploaded: list[str] = []
        self._zips: dict[Path, str] = {}

    def packaged(self, path: Path, template: Mapping[str, Any]) -> str:
        document = _filled(dict(template), path)
        faults = dangling(path, document)
        if faults:
            raise Problem("; ".join(faults))
        shared = (document.get("Globals") or {}).get("Function") or {}
        if _is_local(shared.get("CodeUri")):
            shared["CodeUri"] = self.code(path, shared["CodeUri"])
        for name, resource in document["Resources"].items():
            kind, properties = resource["Type"], resource.get("Properties") or {}
            for (type_, source), (target, read) in INLINED.items():
                if kind == type_ and _is_local(properties.get(source)):
                    properties[target] = _content(path, name, properties.pop(source), read)
            if kind in ZIPPED and _is_local(properties.get(ZIPPED[kind])):
                uri = self.code(path, properties[ZIPPED[kind]])
                properties[ZIPPED[kind]] = uri if kind != "AWS::Lambda::Function" else _parts(uri)
            if kind in NESTED and _is_local(properties.get(NESTED[kind])):
                nested = _beside(path, name, properties[NESTED[kind]])
                properties[NESTED[kind]] = self.store_template(nested, self.packaged(nested, read_template(nested)))
        if nulls := list(null_places(document)):
            raise Problem(
                f"{relative(path)}: CloudFormation refuses null values; they are at {', '.join(nulls[:5])}"
                + (f" and {len(nulls) - 5} more places" if len(nulls) > 5 else "")
            )
        body = json.dumps(document, separators=(",", ":"))
        if len(body.encode()) > TEMPLATE_LIMIT:
            raise Problem(f"{relative(path)}: it packs to {len(body)} bytes, over CloudFormation's {TEMPLATE_LIMIT}")
        return body

    def store_template(self, path: Path, body: str) -> str:
        digest = hashlib.sha256(body.encode()).hexdigest()
        key = f"{self.service.name}/templates/{path.stem}-{digest[:32]}.json"
        self._note(key, self.bucket.put(key, lambda: body.encode()))
        return self.bucket.url(key)

    def code(self, path: Path, location: str) -> str:
        folder = path.parent / location
        if not folder.is_dir():
            raise Problem(f"{relative(folder)}: the folder is missing; build it with {self._build_command()}")
        if folder not in self._zips:
            key = f"{self.service.name}/code/{package_digest(folder)[:32]}.zip"
            self._note(key, self.bucket.put(key, lambda: _zipped(folder)))
            self._zips[folder] = f"s3://{self.bucket.name}/{key}"
        return self._zips[folder]

    def _build_command(self) -> str:
        return self.bucket.environment.command("build", self.service.name)

    def _note(self, key: str, uploaded: bool) -> None:
        if uploaded:
            self.uploaded.append(key)


def null_places(node: Any, place: str = "") -> Iterator[str]:
    """The places of null values, such as `Resources.Api.Properties.DefinitionBody.paths./price`."""
    if node is None:
        yield place
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from null_places(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from null_places(value, f"{place}[{index}]")


def _filled(node: Any, path: Path) -> Any:
    """The template with every included document and every `{{file:...}}` replaced by its content."""
    if isinstance(node, dict):
        transform = node.get("Fn::Transform")
        if isinstance(transform, dict) and transform.get("Name") == "AWS::Include":
            location = (transform.get("Parameters") or {}).get("Location")
            if _is_local(location):
                others = {key: _filled(value, path) for key, value in node.items() if key != "Fn::Transform"}
                return {**others, **_content(path, "Fn::Transform", location, read_yaml)}
        return {key: _filled(value, path) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(item, path) for item in node]
    if isinstance(node, str) and node.startswith(MARK) and node.endswith("}}"):
        return _content(path, node, node.removeprefix(MARK).removesuffix("}}").strip(), _text)
    return node


def _text(path: Path) -> str:
    """A file as text. A JSON Schema of an event includes what it refers to in the common file. A GraphQL schema is
    written as AppSync can parse it."""
    if path.suffix == ".graphql":
        return for_appsync(read_text(path), relative(path))
    if path.suffix != ".json":
        return read_text(path)
    document = read_json(path)
    if path.parent.name == "events":
        from ecom.errors import InvalidEvent
        from ecom.schemas import bundle, common_file

        try:
            document = bundle(document, common_file())
        except InvalidEvent as error:
            raise Problem(f"{relative(path)}: {error}") from None
    return json.dumps(document, separators=(",", ":"))


def _is_local(location: Any) -> bool:
    return isinstance(location, str) and "://" not in location


def _content(path: Path, name: str, location: Any, read: Callable[[Path], Any]) -> Any:
    return read(_beside(path, name, location))


def _beside(path: Path, name: str, location: str) -> Path:
    found = path.parent / location
    if not found.is_file():
        line = line_of(path, "Resources", name)
        raise Problem(f"{relative(path)}:{line}: the file {location} is missing; {name} refers to it")
    return found


def _parts(uri: str) -> dict[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return {"S3Bucket": bucket, "S3Key": key}


def _zipped(folder: Path) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "code.zip"
        write_zip(folder, target)
        return target.read_bytes()
