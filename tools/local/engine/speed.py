"""Caches for results that the engine computes again and again. They change no behaviour."""

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tools.local.engine.patching import core, patch, service


@patch
def arns_are_parsed_once() -> None:
    """The engine parses the same few ARNs fifteen times for each invocation."""
    original: Callable[[str], Any] = core("core.arn").parse_arn
    remembered = functools.lru_cache(maxsize=8192)(original)

    def parse_arn(value: Any) -> Any:
        # The value can be of any type. Only strings are cached, and failures are not.
        return remembered(value) if isinstance(value, str) else original(value)

    for module in [module for name, module in sys.modules.items() if name.startswith("ministack.")]:
        if isinstance(module, ModuleType) and getattr(module, "parse_arn", None) is original:
            module.parse_arn = parse_arn  # type: ignore[attr-defined]  # a module found at run time


@patch
def conditions_are_parsed_once() -> None:
    """The engine parses a condition at each use. The result depends on its text only, and there are few texts."""
    dynamodb = service("dynamodb")
    dynamodb._condition_syntax_error = functools.lru_cache(maxsize=1024)(dynamodb._condition_syntax_error)


@patch
def policies_are_parsed_once() -> None:
    """The engine parses the policies of the caller's role for each request, from their texts."""
    evaluator = core("core.iam_evaluator")
    original: Callable[[Any], Any] = evaluator.parse_policy_document
    remembered = functools.lru_cache(maxsize=1024)(original)

    def parse(document: Any) -> Any:
        return list(remembered(document)) if isinstance(document, str) else original(document)

    evaluator.parse_policy_document = parse


@patch
def a_caller_is_named_without_its_policies() -> None:
    """The engine notes the caller's ARN for each request, and gathers all policies of the caller for that."""
    evaluator, responses = core("core.iam_evaluator"), core("core.responses")
    router = core("core.router")

    def request_caller_arn(headers: Any, query_params: Any = None) -> str:
        account = responses.get_account_id()
        key = router.extract_access_key_id(headers or {}, query_params or {})
        try:
            found = evaluator.resolve_credential(key, responses._account_from_sts_session(key) or account)
        except evaluator.AmbiguousAccessKeyError:
            found = None
        arn = getattr(found, "principal_arn", "")  # an error has none
        return str(arn or f"arn:aws:iam::{account}:root")

    evaluator.request_caller_arn = request_caller_arn
