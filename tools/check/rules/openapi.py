"""REST documents: valid OpenAPI 3.0, signatures or tokens required, input validated, every response described."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import ValidationError
from openapi_spec_validator import OpenAPIV30SpecValidator

from shared.cfn_lint_rules.values import references
from tools.check.rules.documents import Document, Path, read
from tools.check.rules.findings import Finding, Repository
from tools.check.rules.openapi_bodies import body_problems, resolve

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
VALIDATOR = "x-amazon-apigateway-request-validator"
PUBLIC = "x-public-reason"
_API_KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}


def check_openapi(repository: Repository) -> Iterator[Finding]:
    for _, file in repository.in_services("openapi.yaml"):
        document = read(repository, file)
        yield from [document] if isinstance(document, Finding) else of_document(document)


def of_document(document: Document) -> Iterator[Finding]:
    if not isinstance(document.data, Mapping):
        yield document.finding((), "is not an OpenAPI document", "start with `openapi: 3.0.1`")
        return
    if not str(document.data.get("openapi", "")).startswith("3.0."):
        yield document.finding(
            ("openapi",), "is not OpenAPI 3.0", "write `openapi: 3.0.1`: API Gateway reads no later version"
        )
        return
    invalid = list(_of_specification(document))
    yield from invalid
    if invalid:
        return  # the following checks need a valid document
    for path, operation in operations(document.data):
        yield from _of_operation(document, path, operation)
    if any("requestBody" in operation for _, operation in operations(document.data)):
        yield from _says_what_is_wrong(document)


def operations(data: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    paths = data.get("paths")
    for name, item in paths.items() if isinstance(paths, Mapping) else ():
        for method in METHODS:
            if isinstance(item, Mapping) and isinstance(item.get(method), Mapping):
                yield ("paths", name, method), item[method]


def _of_specification(document: Document) -> Iterator[Finding]:
    """Errors of the validator. Intrinsics count as strings, and so do number keys, which are reported later."""
    try:
        errors = [(tuple(error.absolute_path), error.message) for error in _errors(_plain(document.data))]
    except Exception as error:
        errors = [((), f"the validator cannot read it ({type(error).__name__})")]
    for path, message in errors:
        what = f"is not valid OpenAPI: {' '.join(message.split())[:200]}"
        yield document.finding(path, what, "see the OpenAPI 3.0 specification")


def _errors(data: Any) -> Iterator[ValidationError]:
    yield from OpenAPIV30SpecValidator(data).iter_errors()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        if len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::")):
            return "made by an intrinsic"
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _of_operation(document: Document, path: Path, operation: Mapping[str, Any]) -> Iterator[Finding]:
    what = f"{str(path[2]).upper()} {path[1]}"
    if not isinstance(operation.get("operationId"), str):
        yield document.finding(path, f"{what} has no operationId", "name it, in camelCase")
    described = {str(status) for status in operation["responses"]}
    yield from _answers(document, path, operation, what)
    yield from _who_may_call(document, path, operation, what, described)
    is_query = any(resolve(document.data, each).get("in") == "query" for each in operation.get("parameters", ()))
    if ("requestBody" in operation or is_query) and "400" not in described:
        yield document.finding((*path, "responses"), f"{what} has no response to invalid input", 'describe "400"')
    yield from _validated(document, path, operation, what)
    if "requestBody" in operation:
        for place, wrong, todo in body_problems(document.data, operation["requestBody"], (*path, "requestBody")):
            yield document.finding(place, f"{what}: {wrong}", todo)
    yield from _integrated(document, path, operation, what)


def _answers(document: Document, path: Path, operation: Mapping[str, Any], what: str) -> Iterator[Finding]:
    for status, answer in operation["responses"].items():
        place = (*path, "responses", status)
        if not isinstance(status, str):
            yield document.finding(place, f"{what}: the status {status} is a number", f'quote it: "{status}"')
        elif not resolve(document.data, answer).get("description"):
            yield document.finding(place, f"{what}: {status} is not described", "add a description")


def _who_may_call(
    document: Document, path: Path, operation: Mapping[str, Any], what: str, described: set[str]
) -> Iterator[Finding]:
    wanted = operation.get("security", document.data.get("security"))
    names = {name for each in wanted or () if isinstance(each, Mapping) for name in each}
    never_open = bool(wanted) and all(isinstance(each, Mapping) and each for each in wanted or ())
    refusals = {_refusal(document.data, name) for name in names}
    if never_open and len(refusals) == 1 and None not in refusals:
        (status,) = refusals
        if status not in described:
            todo = f'describe "{status}"'
            yield document.finding(
                (*path, "responses"), f"{what}: the response to unauthorised callers is missing", todo
            )
    elif not operation.get(PUBLIC):
        yield document.finding(
            path,
            f"{what} accepts callers without an IAM signature, a token or a key",
            "require a scheme with x-amazon-apigateway-authtype: awsSigv4, cognito_user_pools for users, an API key,"
            f" or give the reason in {PUBLIC}",
        )


def _refusal(data: Mapping[str, Any], name: str) -> str | None:
    """The status by which API Gateway refuses a caller of the security scheme; None if the scheme lets all pass."""
    components = data.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, Mapping) else None
    scheme = schemes.get(name) if isinstance(schemes, Mapping) else None
    kind = scheme.get("x-amazon-apigateway-authtype") if isinstance(scheme, Mapping) else None
    has_authorizer = isinstance(scheme, Mapping) and "x-amazon-apigateway-authorizer" in scheme
    if kind is None and isinstance(scheme, Mapping) and _API_KEY.items() <= scheme.items():
        return "403"
    return "401" if kind == "cognito_user_pools" and has_authorizer else "403" if kind == "awsSigv4" else None


def _validated(document: Document, path: Path, operation: Mapping[str, Any], what: str) -> Iterator[Finding]:
    validators = document.data.get("x-amazon-apigateway-request-validators")
    chosen = operation.get(VALIDATOR, document.data.get(VALIDATOR))
    settings = validators.get(chosen) if isinstance(validators, Mapping) else None
    settings = settings if isinstance(settings, Mapping) else {}
    parameters = [resolve(document.data, each) for each in operation.get("parameters") or ()]
    needs = {
        "validateRequestBody": "requestBody" in operation,
        "validateRequestParameters": any(each.get("required") and each.get("in") != "path" for each in parameters),
    }
    for setting, is_needed in needs.items():
        if is_needed and settings.get(setting) is not True:
            yield document.finding(
                path, f"{what}: its input is not validated", f"name a {VALIDATOR} with {setting}: true"
            )


def _integrated(document: Document, path: Path, operation: Mapping[str, Any], what: str) -> Iterator[Finding]:
    integration = operation.get("x-amazon-apigateway-integration")
    if not isinstance(integration, Mapping):
        yield document.finding(path, f"{what} has no integration", "add x-amazon-apigateway-integration")
        return
    place: Path = (*path, "x-amazon-apigateway-integration")
    named = {name for name in references(integration.get("uri")) if not name.startswith("AWS::")}
    if integration.get("type") == "aws_proxy" and not any(name.endswith(".Alias") for name in named):
        yield document.finding(
            place, f"{what} does not call its function by the alias", "write { Ref: TheFunction.Alias } in uri"
        )


def _says_what_is_wrong(document: Document) -> Iterator[Finding]:
    answers = document.data.get("x-amazon-apigateway-gateway-responses")
    bad = answers.get("BAD_REQUEST_BODY") if isinstance(answers, Mapping) else None
    templates = bad.get("responseTemplates") if isinstance(bad, Mapping) else None
    text = templates.get("application/json", "") if isinstance(templates, Mapping) else ""
    if "$context.error.validationErrorString" not in str(text):
        yield document.finding(
            ("x-amazon-apigateway-gateway-responses",),
            "the response to an invalid body does not name the error",
            "set BAD_REQUEST_BODY with a template of $context.error.validationErrorString",
        )
