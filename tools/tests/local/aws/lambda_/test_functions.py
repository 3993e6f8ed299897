"""A Lambda function sees what AWS shows it, may do what its role allows, and fails as on AWS."""

import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tools.local import lifecycle
from tools.local.aws.lambda_.engine_functions import end_idle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.functions import MAY_LOG, invoke, make_function

ENVIRONMENT = """
    import os
    def handler(event, context):
        return dict(os.environ)
"""


def test_the_environment_is_as_on_aws(cloud: Cloud) -> None:
    name = make_function(cloud, ENVIRONMENT, Environment={"Variables": {"TABLE": "t"}})
    _, seen = invoke(cloud, name)
    assert seen["TABLE"] == "t"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert seen["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert seen["AWS_REGION"] == "us-east-1"
    foreign = {"AUTH", "STATE_DIR", "GATEWAY_PORT", "PERSIST_STATE", "PYTHONPATH", "VIRTUAL_ENV", "ECOM_LOCAL_DIR"}
    assert not foreign & set(seen)
    assert cloud.environment["AWS_SECRET_ACCESS_KEY"] not in seen.values()
    assert not [key for key in seen if key.startswith(("MINISTACK", "S3_", "IOT_"))]


def test_only_the_own_package_the_sdk_and_the_standard_library_import(cloud: Cloud) -> None:
    source = """
        import importlib, os, sys
        def found(name):
            try:
                importlib.import_module(name)
            except ImportError:
                return False
            return True
        def handler(event, context):
            return {"modules": {name: found(name) for name in event}, "cwd": os.listdir("."), "path": sys.path}
    """
    names = ["boto3", "botocore", "json", "app", "tools", "ecom", "ministack", "yaml", "hypercorn", "pytest"]
    _, seen = invoke(cloud, make_function(cloud, source), names)
    assert [name for name in names if seen["modules"][name]] == ["boto3", "botocore", "json", "app"]
    assert set(seen["cwd"]) <= {"app.py", "__pycache__"}


def test_a_function_acts_as_its_role(cloud: Cloud) -> None:
    source = """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Arn"]
    """
    name = make_function(cloud, source)
    role = cloud.client("lambda").get_function_configuration(FunctionName=name)["Role"].rsplit("/")[-1]
    assert invoke(cloud, name) == (None, f"arn:aws:sts::{cloud.account}:assumed-role/{role}/{name}")


READ = """
    import boto3
    def handler(event, context):
        return boto3.client("ssm").get_parameter(Name="/secret")["Parameter"]["Value"]
"""


def test_missing_permissions_of_the_role_are_denied(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/secret", Value="open", Type="String", Overwrite=True)
    error, answer = invoke(cloud, make_function(cloud, READ))
    assert error == "Unhandled"
    assert answer["errorType"] == "AccessDeniedException"
    assert "AccessDenied" in answer["errorMessage"]
    assert "ssm:GetParameter" in answer["errorMessage"]


def test_permissions_of_the_role_are_allowed(cloud: Cloud) -> None:
    cloud.client("ssm").put_parameter(Name="/secret", Value="open", Type="String", Overwrite=True)
    arn = f"arn:aws:ssm:us-east-1:{cloud.account}:parameter/secret"
    granted = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}
    assert invoke(cloud, make_function(cloud, READ, granted)) == (None, "open")


def test_an_error_has_its_type_and_leaves_the_environment_warm(cloud: Cloud) -> None:
    source = """
        class Refused(Exception):
            pass
        calls = []
        def handler(event, context):
            calls.append(1)
            if event == "fail":
                raise Refused("no")
            return len(calls)
    """
    name = make_function(cloud, source)
    assert invoke(cloud, name) == (None, 1)
    error, answer = invoke(cloud, name, "fail")
    assert (error, answer["errorType"], answer["errorMessage"]) == ("Unhandled", "Refused", "no")
    assert any("in handler" in line for line in answer["stackTrace"])
    assert invoke(cloud, name) == (None, 3)


def test_a_timeout_ends_the_environment(cloud: Cloud) -> None:
    source = """
        import time
        calls = []
        def handler(event, context):
            calls.append(1)
            print("remaining", context.get_remaining_time_in_millis() <= 1000)
            time.sleep(event)
            return len(calls)
    """
    name = make_function(cloud, source, Timeout=1)
    assert invoke(cloud, name, 0) == (None, 1)
    error, answer = invoke(cloud, name, 30)
    assert error == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert invoke(cloud, name, 0) == (None, 1)


def test_other_ways_to_fail(cloud: Cloud) -> None:
    def kind(source: str, **options: str) -> object:
        return invoke(cloud, make_function(cloud, source, **options))[1]["errorType"]

    assert kind("import nothing_of_this_name\n") == "Runtime.ImportModuleError"
    assert kind("x = 1\n") == "Runtime.HandlerNotFound"
    assert kind("def handler(\n") == "Runtime.UserCodeSyntaxError"
    assert kind("def handler(event, context):\n    return object()\n") == "Runtime.MarshalError"
    assert kind("import os\ndef handler(event, context):\n    os._exit(3)\n") == "Runtime.ExitError"
    assert kind("def handler(event, context):\n    pass\n", Handler="other.handler") == "Runtime.ImportModuleError"


def test_output_and_logs_reach_the_log_group(cloud: Cloud) -> None:
    source = """
        import logging, sys
        def handler(event, context):
            print("printed")
            sys.stderr.write("unfinished")
            logging.warning("warned")
            return context.log_group_name
    """
    name = make_function(cloud, source, MAY_LOG)
    for _ in range(2):
        _, group = invoke(cloud, name)
    logs = cloud.client("logs")

    def messages() -> str:
        return "".join(event["message"] for event in logs.filter_log_events(logGroupName=group)["events"])

    assert lifecycle.wait_until(lambda: messages().count("unfinished") == 2, 5), messages()
    assert messages().count("printed") == 2
    assert "[WARNING]" in messages()


def test_a_function_that_logs_nothing_does_not_wait(cloud: Cloud) -> None:
    name = make_function(cloud, "def handler(event, context):\n    return event\n")
    client = cloud.client("lambda")
    client.invoke(FunctionName=name, Payload="1")
    best = 1.0
    for _ in range(10):
        begin = time.perf_counter()
        client.invoke(FunctionName=name, Payload="1")
        best = min(best, time.perf_counter() - begin)
    assert best < 0.04, f"a warm invocation takes {best * 1000:.0f} ms"


def test_functions_end_with_a_killed_server(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        name = make_function(cloud, "import os\ndef handler(event, context):\n    return os.getpid()\n")
        _, pid = invoke(cloud, name)
        server = cloud.home.running()
        assert server is not None
        assert alive(pid)
        os.kill(server, signal.SIGKILL)
        assert lifecycle.wait_until(lambda: not alive(pid), 5)


def test_idle_environments_end() -> None:
    def worker(used: float, in_use: bool = False) -> SimpleNamespace:
        return SimpleNamespace(last_used=used, in_use=in_use)

    now = time.time()
    old, fresh, busy = worker(now - 700), worker(now), worker(now - 700, in_use=True)
    ended: list[SimpleNamespace] = []
    runtime = SimpleNamespace(
        _lock=threading.Lock(), _workers={"a": [old], "b": [fresh, busy]}, kill_workers=ended.extend
    )
    assert end_idle(runtime) == 1
    assert ended == [old]
    assert runtime._workers == {"b": [fresh, busy]}


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


ANSWERS = """
    def handler(event, context):
        return event["letter"] * event["count"]
"""


def test_an_answer_may_have_six_megabytes_and_no_more(cloud: Cloud) -> None:
    """The size counts in bytes of UTF-8, with the two quotes. The function keeps working afterwards."""
    name = make_function(cloud, ANSWERS)
    room = 6_291_556 - 2
    error, answer = invoke(cloud, name, {"letter": "x", "count": room})
    assert (error, len(answer)) == (None, room)
    for letter in ("x", "\u00e9"):
        error, answer = invoke(cloud, name, {"letter": letter, "count": room // len(letter.encode()) + 1})
        assert error == "Unhandled"
        assert answer["errorType"] == "Function.ResponseSizeTooLarge"
        assert answer["errorMessage"].endswith("exceeded maximum allowed payload size (6291556 bytes).")
    assert invoke(cloud, name, {"letter": "x", "count": 3}) == (None, "xxx")


@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "InvalidRequestContentException"),
        (b"\xff", "InvalidRequestContentException"),
        (b"[" * 100_000, "InvalidRequestContentException"),
        (b'"' + b"x" * 6_291_456 + b'"', "RequestTooLargeException"),
    ],
    ids=["broken", "no text", "nested", "large"],
)
def test_a_payload_that_aws_would_refuse_is_not_run(cloud: Cloud, payload: bytes, code: str, kind: str) -> None:
    name = make_function(cloud, "def handler(event, context): return event")
    with pytest.raises(ClientError, match=code):
        cloud.client("lambda").invoke(FunctionName=name, InvocationType=kind, Payload=payload)
    assert invoke(cloud, name) == (None, None)
