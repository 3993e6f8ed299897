"""POST /scripts, for testers who have the merchant's secret. 404 in an environment without failure scripts."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from payment_3p_service import bootstrap
from payment_3p_service.domain import timestamp
from payment_3p_service.errors import BadRequest, ScriptsDisabled
from payment_3p_service.requests import Event, integer_of, optional_body_of, token_of
from payment_3p_service.scripts import OPERATIONS, Behaviour, Script

MAX_SECONDS = 3600
DEFAULT_SECONDS = 300
MAX_TIMES = 1000
MAX_DELAY = 12  # seconds; the time-out of the functions is 15
OFF = "NONE"
FIELDS = ("behaviour", "paymentToken", "operations", "times", "seconds", "delay")


def write(event: Event) -> dict[str, Any]:
    table = bootstrap.script_table()
    if table is None:
        raise ScriptsDisabled("there are no failure scripts in this environment")
    body = optional_body_of(event, FIELDS)
    token = token_of(body) if "paymentToken" in body else None
    operations = _operations(body)
    if body.get("behaviour") == OFF:
        table.erase(token, operations)
        return {"until": None}
    behaviour = _behaviour(body)
    seconds = integer_of(body.get("seconds", DEFAULT_SECONDS), "seconds", 1, MAX_SECONDS)
    script = Script(
        behaviour=behaviour,
        until=timestamp(bootstrap.now() + timedelta(seconds=seconds)),
        delay=integer_of(body.get("delay", 0), "delay", 0, MAX_DELAY),
        left=integer_of(body["times"], "times", 1, MAX_TIMES) if "times" in body else None,
    )
    table.write(token, operations, script)
    return {"until": script.until}


def _behaviour(body: Mapping[str, Any]) -> Behaviour:
    try:
        return Behaviour(str(body.get("behaviour")))
    except ValueError:
        raise BadRequest(f"behaviour must be one of {', '.join([*Behaviour, OFF])}") from None


def _operations(body: Mapping[str, Any]) -> tuple[str, ...]:
    wanted = body.get("operations", OPERATIONS)
    if not isinstance(wanted, list | tuple) or not wanted or any(each not in OPERATIONS for each in wanted):
        raise BadRequest(f"operations must be a list of {', '.join(OPERATIONS)}")
    return tuple(dict.fromkeys(wanted))
