"""API keys and usage plans of REST APIs."""

import contextvars
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tools.local.engine.patching import core, patch

MOST_CHARACTERS = 128
PERIODS = ("DAY", "WEEK", "MONTH")
KEY_PATHS = ("/name", "/description", "/customerId", "/enabled")
PLAN_PATHS: Mapping[str, Callable[[str], Any]] = {
    "/name": str,
    "/description": str,
    "/throttle/rateLimit": float,
    "/throttle/burstLimit": int,
    "/quota/limit": int,
    "/quota/offset": int,
    "/quota/period": str,
}
# The key of the current request, when its method requires one.
_key: contextvars.ContextVar[Mapping[str, Any] | None] = contextvars.ContextVar("key", default=None)

Answer = tuple[int, dict[str, str], bytes]


def bad_request(message: str) -> Answer:
    answer: Answer = core("services.apigateway_v1")._v1_error("BadRequestException", message, 400)
    return answer


def conflict(message: str) -> Answer:
    answer: Answer = core("services.apigateway_v1")._v1_error("ConflictException", message, 409)
    return answer


def not_found(message: str) -> Answer:
    answer: Answer = core("services.apigateway_v1")._v1_error("NotFoundException", message, 404)
    return answer


@patch
def a_key_has_a_value_of_its_own() -> None:
    """AWS refuses a value that another key has, and one of more than 128 characters. The engine takes both."""
    v1 = core("services.apigateway_v1")
    create: Callable[[Mapping[str, Any]], Answer] = v1._create_api_key

    def create_api_key(data: Mapping[str, Any]) -> Answer:
        value = data.get("value")
        if value is not None and len(str(value)) > MOST_CHARACTERS:
            return bad_request(f"API Key value should be at most {MOST_CHARACTERS} characters")
        if value is not None and any(key.get("value") == value for _, key in v1._api_keys.all_items()):
            return conflict("API Key already exists")
        return create(data)

    v1._create_api_key = create_api_key


@patch
def values_are_shown_on_request() -> None:
    """AWS shows the value of a key to its creator, and later with `includeValue(s)` only. The engine always does."""
    v1 = core("services.apigateway_v1")
    original: Callable[..., Any] = v1.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Mapping[str, Any]) -> Answer:
        status, sent, answer = await original(method, path, headers, body, query)
        parts = path.strip("/").split("/")
        if parts[0] != "apikeys" or method not in ("GET", "PATCH") or status != 200:
            return status, sent, answer
        name = "includeValue" if len(parts) > 1 else "includeValues"
        if str(v1._qp(query, name, "")).lower() == "true":
            return status, sent, answer
        shown = json.loads(answer)
        for key in shown["item"] if isinstance(shown.get("item"), list) else [shown]:
            key.pop("value", None)
        return status, sent, json.dumps(shown).encode()

    v1.handle_request = handle_request


@patch
def a_key_changes_as_on_aws() -> None:
    """AWS refuses a path that a key does not have, refuses a disabled key, and removes a deleted one from its plans.
    The engine writes any path, stores the text `false`, with which the key goes on working, and keeps it in plans."""
    v1 = core("services.apigateway_v1")
    update, delete = v1._update_api_key, v1._delete_api_key

    def update_api_key(key_id: str, data: Mapping[str, Any]) -> Answer:
        operations = [dict(each) for each in data.get("patchOperations", [])]
        for each in operations:
            if each.get("path") not in KEY_PATHS or each.get("op") != "replace":
                return bad_request(f"Invalid patch path  '{each.get('path')}' specified for op '{each.get('op')}'")
            if each["path"] == "/enabled":
                if str(each.get("value")).lower() not in ("true", "false"):
                    return bad_request("Invalid value for enabled: true or false")
                each["value"] = str(each["value"]).lower() == "true"
        answer: Answer = update(key_id, {"patchOperations": operations})
        return answer

    def delete_api_key(key_id: str) -> Answer:
        answer: Answer = delete(key_id)
        for _, keys in v1._usage_plan_keys.all_items():
            keys.pop(key_id, None)
        return answer

    v1._update_api_key, v1._delete_api_key = update_api_key, delete_api_key


@patch
def a_plan_has_stages_that_exist() -> None:
    """AWS refuses a plan for a stage that does not exist, and a quota without a period. Its patch operations add and
    remove stages as `api:stage`. The engine takes any stage, and any path of a patch."""
    v1 = core("services.apigateway_v1")
    create, update = v1._create_usage_plan, v1._update_usage_plan

    def create_usage_plan(data: Mapping[str, Any]) -> Answer:
        refused = _wrong_plan(v1, data)
        if refused is not None:
            return refused
        answer: Answer = create(data)
        return answer

    def update_usage_plan(plan_id: str, data: Mapping[str, Any]) -> Answer:
        plan = v1._usage_plans.get(plan_id)
        if not plan:
            answer: Answer = update(plan_id, data)
            return answer
        try:
            changed = _patched(plan, data.get("patchOperations", []))
        except ValueError as error:
            return bad_request(str(error))
        keys = v1._usage_plan_keys.get(plan_id, {})
        refused = _wrong_plan(v1, changed) or next(filter(None, (_shared(v1, k, plan_id, changed) for k in keys)), None)
        if refused is not None:
            return refused
        plan.update(changed)
        done: Answer = v1._v1_response(plan)
        return done

    v1._create_usage_plan, v1._update_usage_plan = create_usage_plan, update_usage_plan


def _wrong_plan(v1: Any, plan: Mapping[str, Any]) -> Answer | None:
    for stage in plan.get("apiStages") or []:
        api_id, name = stage.get("apiId", ""), stage.get("stage", "")
        if name not in v1.stages_for_api(api_id):
            return not_found(f"API Stage not found: {api_id}:{name}")
    quota = plan.get("quota") or {}
    if quota and (quota.get("period") not in PERIODS or int(quota.get("limit") or 0) < 1):
        return bad_request("Usage Plan quota needs a limit, and a period that is DAY, WEEK or MONTH")
    return None


def _patched(plan: Mapping[str, Any], operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The plan after the operations. Raises ValueError."""
    changed: dict[str, Any] = json.loads(json.dumps(plan))
    for each in operations:
        operation, path, value = each.get("op"), each.get("path", ""), str(each.get("value", ""))
        if path == "/apiStages" and operation in ("add", "remove"):
            api_id, _, stage = value.partition(":")
            rest = [one for one in changed["apiStages"] if (one["apiId"], one["stage"]) != (api_id, stage)]
            changed["apiStages"] = [*rest, {"apiId": api_id, "stage": stage}] if operation == "add" else rest
        elif path in ("/throttle", "/quota") and operation == "remove":
            changed[path[1:]] = {}
        elif path in PLAN_PATHS and operation in ("add", "replace"):
            *parents, name = path[1:].split("/")
            target = changed.setdefault(parents[0], {}) if parents else changed
            target[name] = PLAN_PATHS[path](value)
        else:
            raise ValueError(f"Invalid patch path  '{path}' specified for op '{operation}'")
    return changed


@patch
def a_key_has_one_plan_for_a_stage() -> None:
    """AWS refuses an unknown key, a key that the plan has, and a second plan of a key for one stage. The engine takes
    all three."""
    v1 = core("services.apigateway_v1")
    create, delete = v1._create_usage_plan_key, v1._delete_usage_plan_key

    def create_usage_plan_key(plan_id: str, data: Mapping[str, Any]) -> Answer:
        plan, key_id = v1._usage_plans.get(plan_id), data.get("keyId", "")
        if plan:
            if data.get("keyType") != "API_KEY":
                return bad_request("Invalid Usage Plan Key type: the only one is API_KEY")
            if key_id not in v1._api_keys:
                return not_found("Invalid API Key identifier specified")
            if key_id in v1._usage_plan_keys.get(plan_id, {}):
                return conflict("API Key is in this Usage Plan already")
            shared = _shared(v1, key_id, plan_id, plan)
            if shared is not None:
                return shared
        answer: Answer = create(plan_id, data)
        return answer

    def delete_usage_plan_key(plan_id: str, key_id: str) -> Answer:
        if plan_id in v1._usage_plans and key_id not in v1._usage_plan_keys.get(plan_id, {}):
            return not_found("Invalid Usage Plan Key identifier specified")
        answer: Answer = delete(plan_id, key_id)
        return answer

    v1._create_usage_plan_key, v1._delete_usage_plan_key = create_usage_plan_key, delete_usage_plan_key


def _shared(v1: Any, key_id: str, plan_id: str, plan: Mapping[str, Any]) -> Answer | None:
    for stage in plan.get("apiStages") or []:
        others = [other for other, *_ in v1._usage_plans_for_key(key_id, stage["apiId"], stage["stage"])]
        if any(other != plan_id for other in others):
            return conflict(f"API Key {key_id} has another Usage Plan for {stage['apiId']}:{stage['stage']}")
    return None


@patch
def functions_see_the_key() -> None:
    """AWS passes the key that a method requires, and its id, in `requestContext.identity`. The engine does not."""
    v1 = core("services.apigateway_v1")
    check, build = v1._check_api_key, v1._build_lambda_event_v1

    def check_api_key(*arguments: Any) -> Any:
        error, key = check(*arguments)
        _key.set(key)
        return error, key

    def build_event(*arguments: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(*arguments, **options)
        key = _key.get()
        if key is not None:
            event["requestContext"]["identity"].update(apiKey=key["value"], apiKeyId=key["id"])
        return event

    v1._check_api_key, v1._build_lambda_event_v1 = check_api_key, build_event
