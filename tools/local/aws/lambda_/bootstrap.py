"""The Python runtime of one function, in its own process. Standard library only; it knows nothing of the checkout.

The fork server, started with `-I -S`, forks this process: only the standard library is on the path. The function's
package is added before it and the AWS SDK after it. Requests are lines of JSON on stdin, answers are lines of JSON on
the original stdout. The function's output goes to the log pipe; a marker line ends each invocation's log. When the
server ends, the watched pipe closes and this process ends too.
"""

import importlib
import io
import json
import logging
import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TextIO

MARK = "\x00end\x00"
Handler = Callable[[Any, "Context"], Any]
Answer = dict[str, Any]


def main(task_root: str, sdk: str, handler_name: str, watched: str) -> None:
    threading.Thread(target=exit_with_the_server, args=(int(watched),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.path[:0] = [task_root]
    if sdk not in sys.path:
        sys.path.append(sdk)
    sys.argv = [handler_name]
    log_filter = install_logging()

    handler, failure = load(handler_name)
    answer(answers, {"ready": handler is not None})
    for line in requests:
        began = processor_seconds()
        request = json.loads(line)
        log_filter.request_id = request["requestId"]
        if request.get("traceId"):
            os.environ["_X_AMZN_TRACE_ID"] = request["traceId"]
        outcome = invoke(handler, request) if handler else failure or {}
        answer(answers, {**outcome, "processorMs": (processor_seconds() - began) * 1000})
        if handler is None:
            return


def processor_seconds() -> float:
    """User and system time of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def load(handler_name: str) -> tuple[Handler | None, Answer | None]:
    """The handler, or the failure that answers every invocation."""
    module_name, _, function_name = handler_name.replace("/", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        return None, broken("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        return None, broken("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    except Exception as error:
        return None, described(error)
    if not callable(getattr(module, function_name, None)):
        return None, broken("Runtime.HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'")
    return getattr(module, function_name), None


def broken(kind: str, message: str, request_id: str = "") -> Answer:
    failure = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": []}
    if writes_json():
        log_failure({**failure, "stackTrace": traceback.format_exc().splitlines()})
    else:
        traceback.print_exc()
        sys.stderr.write(f"[ERROR] {kind}: {message}\n")
    return {"error": failure}


def invoke(handler: Handler, request: dict[str, Any]) -> Answer:
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:
        return described(error, request["requestId"])
    try:
        return {"result": json.dumps(result, default=plain, ensure_ascii=False)}
    except (TypeError, ValueError) as error:
        return broken("Runtime.MarshalError", f"Unable to marshal response: {error}", request["requestId"])


def described(error: Exception, request_id: str = "") -> Answer:
    kind = type(error).__name__
    trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    failure = {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}
    if writes_json():
        log_failure(failure)
    else:
        sys.stderr.write(f"[ERROR] {kind}: {error}\n{''.join(traceback.format_exception(error))}")
    return {"error": failure}


def writes_json() -> bool:
    return os.environ["AWS_LAMBDA_LOG_FORMAT"] == "JSON"


def log_failure(failure: dict[str, Any]) -> None:
    """Write an exception that the handler did not catch. The level is under `log_level`, as AWS's runtime writes it
    (aws-lambda-python-runtime-interface-client, issue 220), so filters of levels take the record for INFO."""
    record = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "log_level": "ERROR", **failure}
    sys.stderr.write(json.dumps(record, ensure_ascii=False) + "\n")


def plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def answer(answers: TextIO, message: Answer) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(2, (MARK + "\n").encode())
    answers.write(json.dumps(message) + "\n")
    answers.flush()


class Context:
    """The second argument of a handler."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["requestId"]
        self.invoked_function_arn = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + request["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        return max(int((self._deadline - time.monotonic()) * 1000), 0)


class RequestId(logging.Filter):
    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        record.aws_request_id = self.request_id
        return True


class Records(logging.Formatter):
    """Formats what the module `logging` gets as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields: dict[str, Any] = {
            "timestamp": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": getattr(record, "aws_request_id", ""),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["errorType"] = record.exc_info[0].__name__
            fields["errorMessage"] = str(record.exc_info[1])
            fields["stackTrace"] = traceback.format_tb(record.exc_info[2])
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        own = {key: value for key, value in vars(record).items() if key not in OF_EVERY_RECORD and key not in fields}
        return json.dumps({**fields, **own}, ensure_ascii=False, default=str)


OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}
PYTHON_LEVELS = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}


def install_logging() -> RequestId:
    """The log handler that AWS's runtime installs."""
    handler, request_id = logging.StreamHandler(sys.stdout), RequestId()
    form: logging.Formatter = Records()
    if not writes_json():
        form = logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    form.converter = time.gmtime
    handler.setFormatter(form)
    handler.addFilter(request_id)
    root, level = logging.getLogger(), os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    root.addHandler(handler)
    if level:
        root.setLevel(PYTHON_LEVELS.get(level, level))
    return request_id


def exit_with_the_server(watched: int) -> None:
    os.read(watched, 1)
    os._exit(1)
