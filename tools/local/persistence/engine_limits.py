"""Limits for data that would grow without end. The oldest entries are removed first."""

from typing import Any

from tools.local.aws.dynamodb.engine_streams import first_unread
from tools.local.aws.ses.engine_sending import sent_lists
from tools.local.engine.patching import service

ARCHIVED_EVENTS = 10_000
LOG_EVENTS = 10_000
LOG_STREAMS = 500
ALARM_CHANGES = 1_000
READ_RECORDS = 10_000
EVENTS_SEEN = 1_000
MAILS = 5_000
MAIL_CHARACTERS = 50_000_000


def trim() -> None:
    """Remove the oldest entries, so that memory and disk stay bounded. Call it on the event loop."""
    for _, archive in service("eventbridge")._archives.all_items():
        keep_newest(archive.get("Events", []), ARCHIVED_EVENTS)
        archive["EventCount"] = len(archive.get("Events", []))
    for _, entries in service("eventbridge")._events_log.all_items():
        keep_newest(entries, EVENTS_SEEN)
    for _, entries in service("cloudwatch")._alarm_history.all_items():
        keep_newest(entries, ALARM_CHANGES)
    for scope, group in service("cloudwatch_logs")._log_groups.all_items():
        _trim_group(scope[:2], group)
    for _, mails in sent_lists():
        keep_newest(mails, MAILS)
        keep_below(mails, MAIL_CHARACTERS)
    _trim_read_records()


def keep_newest(entries: list[Any], count: int) -> list[Any]:
    """Remove the oldest entries and return them. It removes a tenth at once, so that not every new entry causes a
    removal."""
    if len(entries) <= count:
        return []
    gone = entries[: len(entries) - count * 9 // 10]
    del entries[: len(gone)]
    return gone


def keep_below(mails: list[dict[str, Any]], characters: int) -> None:
    """Keep the newest mails whose texts have at most this many characters in total, and always the newest one."""
    left = characters
    for place in range(len(mails) - 1, -1, -1):
        left -= len(mails[place]["BodyText"]) + len(mails[place].get("BodyHtml") or "")
        if left < 0 and place < len(mails) - 1:
            del mails[: place + 1]
            return


def _trim_group(scope: tuple[str, str], group: dict[str, Any]) -> None:
    """Keep the newest streams of a log group and, over all of them, the newest events."""
    logs = service("cloudwatch_logs")
    with logs._log_events_lock:
        left = LOG_EVENTS
        newest_first = sorted(
            group["streams"].items(),
            key=lambda found: found[1].get("lastIngestionTime") or found[1].get("creationTime") or 0,
            reverse=True,
        )
        for place, (name, stream) in enumerate(newest_first):
            if place >= LOG_STREAMS or left == 0:
                del group["streams"][name]
                gone = stream["events"]
            else:
                gone = keep_newest(stream["events"], left)
                left = max(0, left - len(stream["events"]) - len(gone))
            for event in gone:
                logs._log_records.pop_scoped(*scope, event.get("eventId", ""), None)


def _trim_read_records() -> None:
    """Keep the newest records that every reader has read. (AWS keeps them for a day.)"""
    dynamodb = service("dynamodb")
    for (account, region, table), records in dynamodb._stream_records.all_items():
        begin = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        surplus = first_unread(table) - begin - READ_RECORDS
        if surplus > READ_RECORDS // 10:
            dynamodb._stream_trimmed.set_scoped(account, region, table, begin + surplus)
            del records[:surplus]
