"""How a moment is written: UTC, milliseconds, `Z`. Pure; the moment is passed in."""

from datetime import UTC, datetime


def in_utc(moment: datetime) -> datetime:
    """Without a zone it is meant to be UTC. Raises OverflowError at the ends of the calendar."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """Texts of this form sort as the moments do."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
