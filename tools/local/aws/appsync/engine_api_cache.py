"""Caching behaviours that would cache nothing here are refused."""

from collections.abc import Callable
from typing import Any

from tools.local.aws.appsync.caching import PER_RESOLVER
from tools.local.engine.patching import core, patch

Response = tuple[int, dict[str, str], bytes]


@patch
def only_caches_for_each_resolver_are_served() -> None:
    """The local cloud caches what resolvers with a CachingConfig answer. The engine accepts the other behaviours too,
    which would cache nothing here."""
    appsync = core("services.appsync")
    validate: Callable[[dict[str, Any]], Response | None] = appsync._validate_cache_request

    def validate_served(data: dict[str, Any]) -> Response | None:
        refused = validate(data)
        if refused is None and data["apiCachingBehavior"] != PER_RESOLVER:
            text = f"The local cloud has {PER_RESOLVER} only, not {data['apiCachingBehavior']}"
            refused = core("core.responses").error_response_json("BadRequestException", text, 400)
        return refused

    appsync._validate_cache_request = validate_served
