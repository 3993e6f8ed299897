"""Lambda functions in our execution environments (`worker.py`)."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tools.local import trace
from tools.local.aws.lambda_.slots import Slots
from tools.local.aws.lambda_.worker import Worker
from tools.local.aws.logs import engine_function_logs
from tools.local.engine.patching import core, patch
from tools.local.usage import meter


class PooledWorker:
    """Our worker with the interface of the engine's worker pool."""

    def __init__(self, func_name: str, config: Mapping[str, Any], code_zip: bytes) -> None:
        self.func_name, self.config, self.code_zip = func_name, config, code_zip
        self.in_use = False
        self.last_used = time.time()
        self._lock = threading.Lock()
        credentials = core("core.lambda_runtime").execution_credentials(config)
        endpoint = f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"
        self.worker = Worker(config, code_zip, credentials, endpoint)

    @property
    def _proc(self) -> Any:
        return self.worker.process

    @_proc.setter
    def _proc(self, process: Any) -> None:
        self.worker.process = process

    def _discard_tmpdir(self) -> None:
        self.worker.discard()

    def kill(self) -> None:
        self.worker.stop()


IDLE_SECONDS = 600.0


def end_idle(runtime: Any, seconds: float = IDLE_SECONDS) -> int:
    """End the environments that were idle for a while. Returns how many."""
    now, idle = time.time(), []
    with runtime._lock:
        for key, workers in list(runtime._workers.items()):
            kept = [worker for worker in workers if worker.in_use or now - worker.last_used < seconds]
            idle += [worker for worker in workers if worker not in kept]
            if kept:
                runtime._workers[key] = kept
            else:
                del runtime._workers[key]
    runtime.kill_workers(idle)
    return len(idle)


@patch
def idle_environments_end() -> None:
    """AWS ends environments that are idle for some minutes. The engine keeps one of each function for ever, about 50 MB
    each."""
    runtime, service = core("core.lambda_runtime"), core("services.lambda_svc")

    def reap(_seconds: float | None = None) -> int:
        return end_idle(runtime)

    runtime.reap_idle_workers = reap
    if hasattr(service, "reap_idle_workers"):
        service.reap_idle_workers = reap


@patch
def functions_see_what_aws_gives() -> None:
    """AWS runs a function with its own variables and its role's credentials, and keeps the environment when a handler
    raises; the error carries the exception's type. The engine passes on the server's environment and packages, ends the
    process at every error, calls all errors `Runtime.HandlerError`, and waits 50 ms when nothing is logged."""
    runtime, service = core("core.lambda_runtime"), core("services.lambda_svc")
    original_class: Callable[..., Any] = runtime._worker_class_for
    slots = Slots()

    def worker_class(config: Mapping[str, Any]) -> Any:
        if str(config.get("Runtime", "")).startswith("python"):
            return PooledWorker
        return original_class(config)

    def execute(func: Mapping[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        config: Mapping[str, Any] = func.get("config") or func
        code = func.get("code_zip")
        name, version = str(config.get("FunctionName", "")), str(config.get("Version", "$LATEST"))
        if not str(config.get("Runtime", "")).startswith("python") or not code:
            text = "The local cloud runs Python functions with a package only"
            return {"body": {"errorType": "Runtime.InvalidRuntime", "errorMessage": text}, "error": True, "log": text}
        service._ensure_reaper_thread()
        with slots.taken(name):
            pooled, _ = runtime.acquire_worker(name, config, code, qualifier=version)
            try:
                traced = trace.of_invocation(config)
                arn = str(config.get("FunctionArn", ""))
                began = time.perf_counter()
                outcome = pooled.worker.invoke(event, request_id, arn, traced)
                engine_function_logs.ran_in(pooled.worker.stream, outcome.error_type)
                milliseconds = (time.perf_counter() - began) * 1000
                memory = int(config.get("MemorySize", 128))
                meter.add_invocation(name, milliseconds, outcome.processor_ms, memory)
            finally:
                runtime.release_worker(pooled)
        answer = {"body": outcome.body, "log": outcome.log, "milliseconds": milliseconds}
        return {**answer, "error": True} if outcome.failed else answer

    runtime._worker_class_for = worker_class
    service._execute_function_warm = execute
