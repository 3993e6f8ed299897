"""How a moment is written: UTC, milliseconds, `Z`. Pure; the moment is passed in."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Texts of this form sort as the moments do."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
