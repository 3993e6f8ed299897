"""Timestamps as text: UTC, milliseconds, `Z`. Pure; the moment is passed in."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """The moment in UTC; without a time zone it is taken as UTC. Raises OverflowError near year 1 and 9999."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """The moment as text. Texts sort as their moments do."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
