"""The period of a replay: moments as an operator writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tools.project.problems import WrongUse

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
FORMS = "a time such as 2026-11-29T10:00, 10:00 (today, UTC), 30m, 2h or 1d (ago), or now"


@dataclass(frozen=True)
class Period:
    """From a moment up to, and without, another."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d %H:%M:%S} to {self.end:%Y-%m-%d %H:%M:%S} UTC"


def period_of(start: str, end: str, now: datetime) -> Period:
    """Whole seconds, as events have them. A moment in the future is now, and includes this second."""
    latest = now.replace(microsecond=0) + timedelta(seconds=1)
    begins, ends = moment(start, now, "FROM"), min(moment(end or "now", now, "TO"), latest)
    if begins >= ends:
        raise WrongUse(f"FROM={start} is not before {f'TO={end}' if end else 'now'}")
    return Period(begins.replace(microsecond=0), latest if end in ("", "now") else ends)


def moment(text: str, now: datetime, name: str) -> datetime:
    if text == "now":
        return now
    if found := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    if _TIME.fullmatch(text):
        text = f"{now:%Y-%m-%d}T{text.zfill(5) if text.count(':') == 1 else text.zfill(8)}"
    try:
        found_at = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{name}={text} is not {FORMS}") from None
    return found_at.replace(tzinfo=UTC) if found_at.tzinfo is None else found_at.astimezone(UTC)
