"""Functions with LogFormat JSON in a running cloud."""

import json
from typing import Any

import pytest

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.functions import MAY_LOG, invoke, make_function

LOGS = """
import json, logging, os, time

logger = logging.getLogger("shop")

def handler(event, context):
    logger.info("hidden" if event == "warn" else "noted", extra={"order": 7})
    logger.debug("detail")
    if event == "raise":
        raise ValueError("no such thing")
    if event == "slow":
        time.sleep(9)
    if event == "exit":
        os._exit(3)
    if event == "caught":
        try:
            1 / 0
        except ZeroDivisionError:
            logger.exception("divided")
    if event == "object":
        return object()
    print("printed")
    return os.environ["AWS_LAMBDA_LOG_LEVEL"]
"""


def function(cloud: Cloud, application: str = "INFO", system: str = "WARN", **options: Any) -> str:
    levels = {"ApplicationLogLevel": application, "SystemLogLevel": system}
    return make_function(cloud, LOGS, MAY_LOG, LoggingConfig={"LogFormat": "JSON", **levels}, **options)


def lines(cloud: Cloud, name: str, count: int) -> list[Any]:
    """The lines of the function's log, records as JSON values."""
    logs = cloud.client("logs")

    def read() -> list[str]:
        return [e["message"] for e in logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]

    found = poll(read, lambda seen: len(seen) >= count, seconds=10, what=f"{count} lines of {name}")
    assert len(found) == count, found
    return [json.loads(one) if one.startswith("{") else one for one in found]


def test_a_success_writes_only_what_the_function_logs(cloud: Cloud) -> None:
    name = function(cloud)
    assert invoke(cloud, name, "go") == (None, "INFO")
    noted, printed = lines(cloud, name, 2)
    assert printed == "printed"
    wanted = {"level": "INFO", "message": "noted", "logger": "shop", "order": 7}
    assert wanted.items() <= noted.items()
    assert noted["requestId"]
    assert noted["timestamp"].endswith("Z")


def test_an_uncaught_error_is_a_record_and_is_reported(cloud: Cloud) -> None:
    name = function(cloud)
    assert invoke(cloud, name, "raise")[0] == "Unhandled"
    _, error, done, report = lines(cloud, name, 4)
    assert (error["errorType"], error["errorMessage"], error["log_level"]) == ("ValueError", "no such thing", "ERROR")
    assert 'raise ValueError("no such thing")' in "".join(error["stackTrace"])
    assert (done["type"], report["type"]) == ("platform.runtimeDone", "platform.report")
    assert error["requestId"] == report["record"]["requestId"]
    assert report["record"]["status"] == "error"


def test_a_caught_exception_has_its_type_and_place(cloud: Cloud) -> None:
    name = function(cloud)
    assert invoke(cloud, name, "caught") == (None, "INFO")
    divided = lines(cloud, name, 3)[1]
    assert (divided["level"], divided["errorType"], divided["message"]) == ("ERROR", "ZeroDivisionError", "divided")
    assert ":handler:" in divided["location"]
    assert divided["stackTrace"]


@pytest.mark.parametrize(("event", "status"), [("slow", "timeout"), ("exit", "failure")])
def test_a_time_out_and_an_exit_are_in_the_report_only(cloud: Cloud, event: str, status: str) -> None:
    name = function(cloud, Timeout=1)
    assert invoke(cloud, name, event)[0] == "Unhandled"
    noted, _, report = lines(cloud, name, 3)
    assert noted["message"] == "noted"
    assert (report["type"], report["record"]["status"]) == ("platform.report", status)


def test_an_answer_that_is_not_json_is_logged(cloud: Cloud) -> None:
    name = function(cloud)
    assert invoke(cloud, name, "object")[0] == "Unhandled"
    assert lines(cloud, name, 4)[1]["errorType"] == "Runtime.MarshalError"


def test_levels_select_lines(cloud: Cloud) -> None:
    name = function(cloud, "WARN", "INFO")
    assert invoke(cloud, name, "warn") == (None, "WARN")
    assert [one["type"] for one in lines(cloud, name, 2)] == ["platform.start", "platform.report"]
    name = function(cloud, "DEBUG", "DEBUG")
    assert invoke(cloud, name, "go") == (None, "DEBUG")
    kinds = [one if isinstance(one, str) else one.get("type") or one["message"] for one in lines(cloud, name, 6)]
    assert kinds == ["platform.start", "noted", "detail", "printed", "platform.runtimeDone", "platform.report"]
