"""Invocations through an alias: each runs one of the alias's versions, drawn by their weights."""

import contextvars
import json
from collections.abc import Callable
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.lambda_.alias_routing import LATEST, problem_of, version_for, weights_of
from tools.local.engine.patching import core, patch

Found = tuple[dict[str, Any] | None, dict[str, Any] | None, str]
# The ARN that a caller of the Invoke API named, while the engine runs a version in its place.
_invoked: contextvars.ContextVar[str] = contextvars.ContextVar("invoked_alias", default="")


def alias_of(reference: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The function and the alias that an ARN, or a name with a qualifier, refers to; None when it names no alias."""
    functions = core("services.lambda_svc")
    function = functions._get_base_func_record_for_ref(reference)[0]
    qualifier = functions._resolve_name_and_qualifier(reference)[1]
    alias = ((function or {}).get("aliases") or {}).get(qualifier)
    return (function, alias) if alias is not None else None


@patch
def an_alias_runs_its_versions_by_weight() -> None:
    """Lambda runs each invocation of an alias on one of its two versions, by their weights, and tells the function the
    ARN of the alias. The engine always runs the alias's main version, and tells the functions of services the ARN of
    that version."""
    functions = core("services.lambda_svc")
    find: Callable[[str], Found] = functions._get_func_record_for_ref

    def find_by_weight(reference: str) -> Found:
        record, config, name = find(reference)
        found = alias_of(reference) if record is not None and isinstance(reference, str) else None
        if found is None or config is None:
            return record, config, name
        function, alias = found
        version = function["versions"].get(version_for(alias))
        if version is not None:
            record, config = version, version["config"]
        return record, {**config, "FunctionArn": alias["AliasArn"]}, name

    functions._get_func_record_for_ref = find_by_weight


@patch
def the_invoke_api_runs_versions_by_weight() -> None:
    """The same for the Invoke API, whose answer names the version that ran. Each attempt of an asynchronous invocation
    draws its version."""
    functions = core("services.lambda_svc")
    invoke: Callable[..., Any] = functions._invoke
    execute: Callable[..., Any] = functions._execute_function_with_config_scope

    async def invoke_by_weight(
        name: str,
        event: Any,
        headers: dict[str, str],
        path_qualifier: str | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> Any:
        qualifier = path_qualifier or functions._qp_first(query_params or {}, "Qualifier")
        alias = ((functions._functions.get(name) or {}).get("aliases") or {}).get(qualifier or "")
        kind = headers.get("x-amz-invocation-type") or headers.get("X-Amz-Invocation-Type")
        if alias is None or not weights_of(alias) or kind == "Event":
            return await invoke(name, event, headers, path_qualifier, query_params)
        token = _invoked.set(str(alias["AliasArn"]))
        try:
            return await invoke(name, event, headers, version_for(alias), query_params)
        finally:
            _invoked.reset(token)

    def execute_as_invoked(record: dict[str, Any], event: Any) -> Any:
        arn = _invoked.get()
        if not arn:
            return execute(record, event)
        _invoked.set("")  # in this thread's own context: what the function starts is not invoked by this alias
        return execute({**record, "config": {**record["config"], "FunctionArn": arn}}, event)

    functions._invoke = invoke_by_weight
    functions._execute_function_with_config_scope = execute_as_invoked


@patch
def aliases_point_to_versions_that_exist() -> None:
    """Lambda refuses an alias to a version that does not exist, and weights that it cannot serve. The engine stores
    both."""
    functions = core("services.lambda_svc")
    create: Callable[..., Any] = functions._create_alias
    update: Callable[..., Any] = functions._update_alias

    def create_checked(name: str, data: dict[str, Any]) -> Any:
        return _refusal(name, data.get("FunctionVersion", LATEST), data.get("RoutingConfig")) or create(name, data)

    def update_checked(func_name: str, alias_name: str, data: dict[str, Any]) -> Any:
        function = functions._functions.get(func_name) or {}
        alias = (function.get("aliases") or {}).get(alias_name)
        if alias is None:
            return update(func_name, alias_name, data)
        merged = {**alias, **data}
        refused = _refusal(func_name, merged.get("FunctionVersion", LATEST), merged.get("RoutingConfig"))
        return refused or update(func_name, alias_name, data)

    functions._create_alias, functions._update_alias = create_checked, update_checked
    provisioners = core("services.cloudformation.provisioners")
    routing_of: Callable[[Any], Any] = provisioners._lambda_alias_routing_config
    create_from_template: Callable[..., Any] = provisioners._lambda_alias_create

    def create_checked_from_template(logical_id: str, properties: Any, stack: str) -> Any:
        function, name, _arn, _qualifier = provisioners._lambda_function_for_cfn_ref(properties.get("FunctionName", ""))
        if function is not None:
            refused = _refusal(name, properties.get("FunctionVersion", LATEST), routing_of(properties))
            if refused:
                raise ResourceFailed(json.loads(refused[2])["message"])
        return create_from_template(logical_id, properties, stack)

    provisioners._RESOURCE_HANDLERS["AWS::Lambda::Alias"]["create"] = create_checked_from_template


def _refusal(name: str, version: str, routing: Any) -> Any:
    """The answer to an alias that Lambda refuses; None when it accepts it, or when the function does not exist."""
    functions, answer = core("services.lambda_svc"), core("core.responses").error_response_json
    function = functions._functions.get(name)
    if function is None:
        return None
    version = str(version)
    if version != LATEST and version not in function["versions"]:
        arn = f"{functions._func_arn(name)}:{version}"
        return answer("ResourceNotFoundException", f"Function not found: {arn}", 404)
    configs = {number: record["config"] for number, record in list(function["versions"].items())}
    problem = problem_of(version, weights_of({"RoutingConfig": routing}), configs)
    return answer("InvalidParameterValueException", problem, 400) if problem else None
