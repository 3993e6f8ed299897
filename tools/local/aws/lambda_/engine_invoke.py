"""Invoking a function on behalf of an AWS service: the check of its resource policy, then the function itself."""

import concurrent.futures
import contextvars
import functools
import json
import threading
from dataclasses import dataclass
from typing import Any

from tools.local.engine.patching import core, service


def service_may_invoke(function_arn: str, principal: str, source_arn: str) -> bool:
    """Whether the resource policy of the function (of exactly that alias or version) lets a service invoke it."""
    account, region = _scope()
    found = service("lambda_svc").function_policy_for_arn(function_arn)
    if found is None:
        return False
    policy = json.dumps(found[0], sort_keys=True)
    if "Time" in policy:  # a condition on the current time must not be cached
        return _allows.__wrapped__(policy, function_arn, principal, source_arn, account, region)
    return _allows(policy, function_arn, principal, source_arn, account, region)


@functools.lru_cache(maxsize=4096)
def _allows(policy: str, function_arn: str, principal: str, source_arn: str, account: str, region: str) -> bool:
    evaluator = core("core.iam_evaluator")
    context = evaluator.EvalContext(
        principal_arn=principal,
        principal_type="Service",
        principal_account=account,
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    decision = evaluator.evaluate_resource_policy(json.loads(policy), context, service=principal).decision
    return bool(decision == "Allow")


def _scope() -> tuple[str, str]:
    responses = core("core.responses")
    return responses.get_account_id(), responses.get_region()


@dataclass(frozen=True)
class Outcome:
    """The function's result, or the error that it reported."""

    payload: Any
    failed: bool = False

    @property
    def message(self) -> str:
        if isinstance(self.payload, dict):
            return str(self.payload.get("errorMessage") or self.payload.get("message") or self.payload)
        return str(self.payload)


class FunctionMissing(LookupError):
    """The function or the alias does not exist."""


def run_function(function_arn: str, event: dict[str, Any], limit: float) -> Outcome:
    """Run a function, alias or version, and wait at most `limit` seconds (TimeoutError). Never call it on the event
    loop.

    A function that runs longer continues in the background, as on AWS.
    """
    functions = service("lambda_svc")
    record, config, _name = functions._get_func_record_for_ref(function_arn)
    if record is None or config is None:
        raise FunctionMissing(function_arn)
    prepared = functions._execution_record_for_config(record, config)
    done: concurrent.futures.Future[Any] = concurrent.futures.Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            done.set_result(context.run(functions._execute_function_with_config_scope, prepared, event))
        except Exception as error:
            done.set_exception(error)

    threading.Thread(target=run, name="invoke-for-service", daemon=True).start()
    result = done.result(timeout=limit)
    if not isinstance(result, dict):
        return Outcome(result)
    return Outcome(result.get("body"), failed=bool(result.get("error") or result.get("throttle")))
