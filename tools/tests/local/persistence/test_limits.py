"""Growing data is bounded, and the newest is kept."""

from pathlib import Path

from tools.tests.local.probes import run_unpatched

FILLED = """
from tools.local.persistence import engine_limits as limits
service = patching.service
archives = service("eventbridge")._archives
archives["a"] = {"Events": [{"n": n} for n in range(limits.ARCHIVED_EVENTS + 1)], "EventCount": 9}
service("eventbridge")._events_log_list().extend(range(limits.EVENTS_SEEN * 2))
logs = service("cloudwatch_logs")
def stream(at, count):
    return {"events": [{"timestamp": n} for n in range(count)], "lastIngestionTime": at, "creationTime": at}
logs._log_groups["g"] = {"streams": {"old": stream(1, 10), "mid": stream(2, 8_000), "new": stream(3, 4_000)}}
logs._log_groups["many"] = {"streams": {str(at): stream(at, 1) for at in range(limits.LOG_STREAMS + 9)}}
logs._log_groups["few"] = {"streams": {"idle": stream(None, 0)}}
dynamodb = service("dynamodb")
dynamodb._stream_records["unread"] = list(range(limits.READ_RECORDS * 2))
mails = service("ses")._sent_emails_list()
mails.extend({"n": n, "BodyText": "", "BodyHtml": None} for n in range(limits.MAILS + 1))
limits.trim()
assert 0 < len(mails) <= limits.MAILS and mails[-1]["n"] == limits.MAILS
mails[:] = [{"n": n, "BodyText": "x" * (limits.MAIL_CHARACTERS // 4), "BodyHtml": "y"} for n in range(6)]
limits.trim()
assert [mail["n"] for mail in mails] == [3, 4, 5]
mails[:] = [{"n": n, "BodyText": "x" * limits.MAIL_CHARACTERS, "BodyHtml": "y"} for n in range(2)]
limits.trim()
assert [mail["n"] for mail in mails] == [1]
events = archives["a"]["Events"]
assert 0 < len(events) <= limits.ARCHIVED_EVENTS and events[-1] == {"n": limits.ARCHIVED_EVENTS}
assert archives["a"]["EventCount"] == len(events)
assert len(service("eventbridge")._events_log_list()) <= limits.EVENTS_SEEN
streams = logs._log_groups["g"]["streams"]
assert set(streams) == {"mid", "new"} and len(streams["new"]["events"]) == 4_000
assert 0 < len(streams["mid"]["events"]) <= 6_000 and streams["mid"]["events"][-1] == {"timestamp": 7_999}
assert len(logs._log_groups["many"]["streams"]) == limits.LOG_STREAMS and "0" not in logs._log_groups["many"]["streams"]
assert list(logs._log_groups["few"]["streams"]) == ["idle"]
assert len(dynamodb._stream_records["unread"]) == limits.READ_RECORDS * 2, "unread records stay"
print("bounded")
"""


def test_growing_data_is_bounded(tmp_path: Path) -> None:
    assert run_unpatched(tmp_path, FILLED)[-1] == "bounded"
