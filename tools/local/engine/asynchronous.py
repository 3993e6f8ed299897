"""Asynchronous invocations: retries and destinations of the alias or version that is invoked."""

from typing import Any

from tools.local.engine.frame import patch, service


@patch
def invocations_follow_their_own_settings() -> None:
    """AWS keeps an EventInvokeConfig per alias or version, and takes the one of the ARN that was invoked.

    The engine looks for the settings of `$LATEST` only, so that a destination on an alias gets nothing.
    """
    functions = service("lambda_svc")
    invoke = functions.invoke_async_with_retry

    def invoke_with_settings(record: dict[str, Any], event: Any) -> None:
        config = record.get("config") or record
        qualifier = str(config.get("FunctionArn", "")).partition(":function:")[2].partition(":")[2]
        function = functions._functions.get(config.get("FunctionName")) or {}
        settings = function.get("event_invoke_configs") or {}
        own = settings.get(qualifier) or (settings.get("$LATEST") if not qualifier else None)
        # Never empty, since the engine would then look for others.
        invoke({**record, "event_invoke_config": own or {"Qualifier": qualifier}}, event)

    functions.invoke_async_with_retry = invoke_with_settings
