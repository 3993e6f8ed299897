"""AppSync configurations that the local cloud cannot serve correctly are refused when they are created."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools.local.aws.appsync.keys import OutOfBounds, expiry, pattern_problem
from tools.local.aws.appsync.serving import NO_PIPELINES, unserved_mode, unserved_source
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed
from tools.local.engine.patching import core, patch

Response = tuple[int, dict[str, str], bytes]


def _refused(text: str) -> Response:
    made: Response = core("core.responses").error_response_json("BadRequestException", text, 400)
    return made


def _modes(body: Mapping[str, Any], default: str, additional: str, kind: str) -> Iterator[Any]:
    yield body.get(default)
    for one in body.get(additional) or []:
        yield one.get(kind)


def _pattern_problem(body: Mapping[str, Any], additional: str, config: str, pattern: str) -> str:
    """The error in the patterns for client ids of an API's user pools; empty when there is none."""
    configs = [body.get(config), *(one.get(config) for one in body.get(additional) or [])]
    return next(filter(None, (pattern_problem((one or {}).get(pattern)) for one in configs)), "")


@patch
def unsupported_configurations_are_refused() -> None:
    """AWS supports OpenID Connect and Lambda authorizers, data sources of other types, and pipelines. The engine
    accepts them, and answers as if they were absent. Here they are refused with a text that names the supported ones. A
    pattern for client ids that is not a regular expression is refused as on AWS."""
    appsync = core("services.appsync")
    create_api: Callable[[dict[str, Any]], Response] = appsync._create_graphql_api
    update_api: Callable[[str, dict[str, Any]], Response] = appsync._update_graphql_api
    create_source: Callable[[str, dict[str, Any]], Response] = appsync._create_data_source

    def why(body: Mapping[str, Any]) -> str:
        names = ("authenticationType", "additionalAuthenticationProviders", "authenticationType")
        served = ("additionalAuthenticationProviders", "userPoolConfig", "appIdClientRegex")
        return unserved_mode(list(_modes(body, *names))) or _pattern_problem(body, *served)

    def create_api_checked(body: dict[str, Any]) -> Response:
        return _refused(why(body)) if why(body) else create_api(body)

    def update_api_checked(api_id: str, body: dict[str, Any]) -> Response:
        return _refused(why(body)) if why(body) else update_api(api_id, body)

    def create_source_checked(api_id: str, body: dict[str, Any]) -> Response:
        reason = unserved_source(body.get("type", "NONE"))
        return _refused(reason) if reason else create_source(api_id, body)

    def create_function(_api_id: str, _body: dict[str, Any]) -> Response:
        return _refused(NO_PIPELINES)

    appsync._create_graphql_api, appsync._update_graphql_api = create_api_checked, update_api_checked
    appsync._create_data_source, appsync._create_function = create_source_checked, create_function


@patch
def stacks_fail_with_a_reason() -> None:
    """The same for CloudFormation, whose stack events show the reason."""
    handlers = core("services.cloudformation.provisioners")._RESOURCE_HANDLERS
    api = handlers["AWS::AppSync::GraphQLApi"]
    create_api: Callable[..., Created] = api["create"]
    update_api: Callable[..., Created] = api["update"]
    create_source: Callable[..., Created] = handlers["AWS::AppSync::DataSource"]["create"]

    def check(properties: Properties) -> None:
        names = ("AuthenticationType", "AdditionalAuthenticationProviders", "AuthenticationType")
        served = ("AdditionalAuthenticationProviders", "UserPoolConfig", "AppIdClientRegex")
        if reason := unserved_mode(list(_modes(properties, *names))) or _pattern_problem(properties, *served):
            raise ResourceFailed(reason)

    def create_api_checked(logical_id: str, properties: Properties, stack: str) -> Created:
        check(properties)
        return create_api(logical_id, properties, stack)

    def update_api_checked(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str = ""
    ) -> Created:
        check(new)
        return update_api(physical_id, old, new, stack, logical_id)

    def create_source_checked(logical_id: str, properties: Properties, stack: str) -> Created:
        if reason := unserved_source(properties.get("Type", "NONE")):
            raise ResourceFailed(reason)
        return create_source(logical_id, properties, stack)

    def create_function(_logical_id: str, _properties: Properties, _stack: str) -> Created:
        raise ResourceFailed(NO_PIPELINES)

    api["create"], api["update"] = create_api_checked, update_api_checked
    handlers["AWS::AppSync::DataSource"]["create"] = create_source_checked
    handlers["AWS::AppSync::FunctionConfiguration"]["create"] = create_function


@patch
def key_expiry_is_bounded() -> None:
    """AppSync refuses a key that expires in less than a day or more than 365 days, and lets keys expire at full hours.
    The engine accepts any time."""
    appsync = core("services.appsync")
    create: Callable[[str, dict[str, Any]], Response] = appsync._create_api_key
    update: Callable[[str, str, dict[str, Any]], Response] = appsync._update_api_key

    def out_of_bounds(refused: OutOfBounds) -> Response:
        error: Response = core("core.responses").error_response_json(
            "ApiKeyValidityOutOfBoundsException", str(refused), 400
        )
        return error

    def create_key(api_id: str, body: dict[str, Any]) -> Response:
        try:
            return create(api_id, {**body, "expires": expiry(body.get("expires"), time.time())})
        except OutOfBounds as refused:
            return out_of_bounds(refused)

    def update_key(api_id: str, key_id: str, body: dict[str, Any]) -> Response:
        if body.get("expires") is None:
            return update(api_id, key_id, body)
        try:
            return update(api_id, key_id, {**body, "expires": expiry(body["expires"], time.time())})
        except OutOfBounds as refused:
            return out_of_bounds(refused)

    appsync._create_api_key, appsync._update_api_key = create_key, update_key


@patch
def key_expiry_of_stacks_is_bounded() -> None:
    """The same for CloudFormation. A key that an update does not change stays valid as it is."""
    handlers = core("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::AppSync::ApiKey"]
    create: Callable[..., Created] = handlers["create"]
    update: Callable[..., Created] = handlers["update"]

    def checked(properties: Properties) -> int:
        try:
            return expiry(properties.get("Expires"), time.time())
        except OutOfBounds as refused:
            raise ResourceFailed(str(refused)) from None

    def created(api_id: object, key_id: str, expires: int) -> None:
        core("services.appsync")._api_keys[api_id][key_id]["expires"] = expires

    def create_key(logical_id: str, properties: Properties, stack: str) -> Created:
        expires = checked(properties)
        made = create(logical_id, properties, stack)
        created(properties["ApiId"], made[0], expires)
        return made

    def update_key(physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str = "") -> Created:
        same = old.get("Expires") == new.get("Expires") and old.get("ApiId") == new.get("ApiId")
        known = (core("services.appsync")._api_keys.get(old["ApiId"]) or {}).get(physical_id)
        expires = int(known["expires"]) if same and known else checked(new)
        made = update(physical_id, old, new, stack, logical_id)
        created(new["ApiId"], made[0], expires)
        return made

    handlers["create"], handlers["update"] = create_key, update_key
