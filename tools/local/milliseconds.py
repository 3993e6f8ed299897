"""Settings that are a range of milliseconds."""

import re
from collections.abc import Mapping

from tools.local.home import LocalCloudError

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def range_from(environ: Mapping[str, str], variable: str, default: str) -> tuple[float, float]:
    """The lowest and the highest value in seconds. Raises LocalCloudError when the variable has another form."""
    text = environ.get(variable) or default
    found = _RANGE.fullmatch(text)
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if low > high:
        raise LocalCloudError(f"{variable}={text} must be 0 or a range of milliseconds such as {default}")
    return low / 1000, high / 1000
