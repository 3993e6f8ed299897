"""Filter patterns in the engine's CloudWatch Logs: FilterLogEvents, metric filters, subscription filters, Live Tail."""

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from tools.local.aws.logs.filter_pattern import matcher
from tools.local.aws.logs.pattern_parts import InvalidPattern
from tools.local.engine.patching import core, patch

PAGE = 10_000
# Actions with a pattern -> the parameter that has it.
_PATTERNS = {
    "_filter_log_events": "filterPattern",
    "_put_metric_filter": "filterPattern",
    "_put_subscription_filter": "filterPattern",
    "_start_live_tail": "logEventFilterPattern",
}
Action = Callable[[Mapping[str, Any]], Any]


@patch
def filter_patterns_select_what_aws_documents() -> None:
    """The engine matches every message to a JSON pattern, and reads `?` and quoted phrases as parts of words. Patterns
    that are invalid are refused."""
    logs = core("services.cloudwatch_logs")
    for name, parameter in _PATTERNS.items():
        setattr(logs, name, _refusing(logs, getattr(logs, name), parameter))
    logs._compile_filter_pattern = matcher
    logs._subscription_pattern_matches = lambda pattern, message: matcher(pattern or "")(message or "")


def _refusing(logs: Any, action: Action, parameter: str) -> Action:
    def checked(data: Mapping[str, Any]) -> Any:
        try:
            matcher(data.get(parameter) or "")
        except InvalidPattern as invalid:
            message = f"Invalid filter pattern: {invalid}"
            return logs.error_response_json("InvalidParameterException", message, 400)
        return action(data)

    return checked


@patch
def filtered_events_come_in_pages() -> None:
    """FilterLogEvents returns a token while there are more events. The engine returns the first page only, without a
    token, so that the newest events are missing."""
    logs = core("services.cloudwatch_logs")
    first_page: Action = logs._filter_log_events

    def filter_log_events(data: Mapping[str, Any]) -> Any:
        try:
            start = int(data.get("nextToken") or 0)
        except ValueError:
            return logs.error_response_json("InvalidParameterException", "The specified nextToken is invalid.", 400)
        limit = min(int(data.get("limit") or PAGE), PAGE)
        group = logs._log_groups.get(logs._resolve_log_group_name(data))
        if group is None:
            return first_page(data)  # refuses
        try:
            is_wanted = matcher(data.get("filterPattern") or "")
        except InvalidPattern:
            return first_page(data)  # refuses
        entries = islice(enumerate(_merged(logs, group, data)), start, None)
        found = ((place, event, name) for place, (event, name) in entries if is_wanted(event["message"]))
        page = list(islice(found, limit + 1))
        token = {"nextToken": str(page[limit][0])} if len(page) > limit else {}
        events = [{**event, "logStreamName": name} for _, event, name in page[:limit]]
        return logs.json_response({"events": events, "searchedLogStreams": [], **token})

    logs._filter_log_events = filter_log_events


def _merged(logs: Any, group: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The events of the chosen streams and times with the names of their streams, in the order of time."""
    streams, since, until = group["streams"], data.get("startTime"), data.get("endTime")
    chosen = []
    with logs._log_events_lock:
        for name in data.get("logStreamNames") or list(streams):
            history = streams[name]["events"] if name in streams else []
            start = 0 if since is None else bisect_left(history, since, key=_time)
            end = len(history) if until is None else bisect_right(history, until, key=_time)
            chosen.append([(event, name) for event in history[start:end]])
    return heapq.merge(*chosen, key=lambda entry: (entry[0]["timestamp"], entry[0].get("ingestionTime", 0)))


def _time(event: Mapping[str, Any]) -> int:
    return int(event["timestamp"])
