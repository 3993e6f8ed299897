"""For a tester who knows the merchant's secret: POST /scripts. In an environment without scripts this is a 404."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from payment_3p_service import bootstrap
from payment_3p_service.domain import written
from payment_3p_service.errors import BadRequest, NoScriptsHere
from payment_3p_service.requests import Event, open_body_of, token_of
from payment_3p_service.scripts import OPERATIONS, Behaviour, Script

MOST_SECONDS = 3600
USUAL_SECONDS = 300
MOST_TIMES = 1000
MOST_DELAY = 12  # seconds; our functions live 15
OFF = "NONE"
FIELDS = ("behaviour", "paymentToken", "operations", "times", "seconds", "delay")


def write(event: Event) -> dict[str, Any]:
    table = bootstrap.script_table()
    if table is None:
        raise NoScriptsHere("there are no failure scripts in this environment")
    body = open_body_of(event, FIELDS)
    token = token_of(body) if "paymentToken" in body else None
    operations = _operations(body)
    if body.get("behaviour") == OFF:
        table.erase(token, operations)
        return {"until": None}
    script = Script(
        behaviour=_behaviour(body),
        until=written(bootstrap.now() + timedelta(seconds=_whole(body, "seconds", 1, MOST_SECONDS, USUAL_SECONDS))),
        delay=_whole(body, "delay", 0, MOST_DELAY, 0),
        left=_whole(body, "times", 1, MOST_TIMES, 1) if "times" in body else None,
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


def _whole(body: Mapping[str, Any], name: str, least: int, most: int, usual: int) -> int:
    value = body.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadRequest(f"{name} must be a whole number from {least} to {most}")
    return value
