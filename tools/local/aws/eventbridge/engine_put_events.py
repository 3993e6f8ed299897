"""PutEvents: the condition keys of its policies, and the entries that it refuses."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from tools.local.aws.eventbridge.entry_sizes import TOO_LARGE, are_too_large
from tools.local.engine.patching import core, patch, service

PUT_EVENTS = "events:PutEvents"
MOST_ENTRIES = 10
MALFORMED = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
_entries: ContextVar[list[dict[str, Any]] | None] = ContextVar("put_events_entries", default=None)


def entries_of(body: bytes) -> list[dict[str, Any]]:
    """The entries of a PutEvents request. The engine refuses those that are not objects."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return []
    entries = request.get("Entries") if isinstance(request, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def entry_context(entry: dict[str, Any]) -> dict[str, str]:
    """The condition keys of one entry. A key that the entry does not have is absent, as on AWS."""
    context = {"events:eventBusInvocation": "false"}
    for key, field in (("events:source", "Source"), ("events:detail-type", "DetailType")):
        if isinstance(entry.get(field), str):
            context[key] = entry[field]
    return context


@patch
def policies_see_source_and_detail_type() -> None:
    """AWS evaluates `events:source` and `events:detail-type` for PutEvents; one entry that is not allowed refuses the
    whole request. The engine supplies neither key, so a well-scoped policy allows nothing."""
    evaluator, actions = core("core.iam_evaluator"), core("core.iam_actions")
    enforce: Callable[..., Any] = evaluator.enforce
    request_tag_context: Callable[..., dict[str, Any]] = actions.request_tag_context

    def note_entries(service: str, iam_action: str, body: bytes, *rest: Any) -> dict[str, Any]:
        _entries.set(entries_of(body) if iam_action == PUT_EVENTS else None)
        return request_tag_context(service, iam_action, body, *rest)

    def enforce_each_entry(
        access_key: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        entries = _entries.get() if iam_action == PUT_EVENTS else None
        if not entries:
            return enforce(access_key, iam_action, service, region, resource_arn, service_context)
        account = core("core.responses").get_account_id()
        for entry in entries:
            (bus,) = actions.eventbridge_resource_arns(json.dumps({"Entries": [entry]}), region, account)
            context = {**(service_context or {}), **entry_context(entry)}
            denied = enforce(access_key, iam_action, service, region, bus, context)
            if denied:
                return denied
        return None

    actions.request_tag_context = note_entries
    evaluator.enforce = enforce_each_entry


@patch
def malformed_details_are_refused() -> None:
    """AWS answers MalformedDetail for an entry whose Detail is not a JSON object, and accepts the others. The engine
    puts it on the bus, so consumers get an impossible event."""
    eventbridge = service("eventbridge")
    put_events: Callable[..., Any] = eventbridge._put_events

    def refuse_malformed(data: dict[str, Any], *rest: Any, **more: Any) -> Any:
        entries = data.get("Entries") or []
        good = [entry for entry in entries if not _is_malformed(entry)]
        if len(good) == len(entries) or len(entries) > MOST_ENTRIES:
            return put_events(data, *rest, **more)
        status, headers, body = put_events({**data, "Entries": good}, *rest, **more)
        answer = json.loads(body)
        if status != 200:
            return status, headers, body
        taken = iter(answer["Entries"])
        answer["Entries"] = [dict(MALFORMED) if _is_malformed(entry) else next(taken) for entry in entries]
        answer["FailedEntryCount"] += len(entries) - len(good)
        return status, headers, json.dumps(answer).encode()

    eventbridge._put_events = refuse_malformed


@patch
def requests_have_a_size() -> None:
    """AWS refuses a request whose entries are larger than 1 MiB together. The engine takes any."""
    eventbridge = service("eventbridge")
    put_events: Callable[..., Any] = eventbridge._put_events

    def refuse_large(data: dict[str, Any], *rest: Any, **more: Any) -> Any:
        if are_too_large(data.get("Entries") or []):
            return core("core.responses").error_response_json("ValidationException", TOO_LARGE, 400)
        return put_events(data, *rest, **more)

    eventbridge._put_events = refuse_large


def _is_malformed(entry: Any) -> bool:
    """Whether an entry has a Detail that is not a JSON object. The engine handles an entry without one."""
    if not isinstance(entry, dict) or "Detail" not in entry:
        return False
    try:
        return not isinstance(json.loads(entry["Detail"], parse_constant=_no_constant), dict)
    except (TypeError, ValueError, RecursionError):
        return True


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
