"""The versions behind an alias: which one serves an invocation, and which weights Lambda accepts.

Document: Lambda Developer Guide, *Implement Lambda canary deployments using a weighted alias*.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

LATEST = "$LATEST"
Draw = Callable[[], float]
"""A number from 0 to 1, without 1."""

# The configuration that both versions of a weighted alias must share: name, and what Lambda calls it.
SHARED = {"Role": "execution role", "DeadLetterConfig": "dead-letter queue configuration"}


def weights_of(alias: Mapping[str, Any]) -> dict[str, float]:
    """The share of each additional version; empty for an alias that points to one version."""
    routing = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return {str(version): float(weight) for version, weight in routing.items()}


def version_for(alias: Mapping[str, Any], draw: Draw = random.random) -> str:
    """The version that serves one invocation of the alias, drawn by the weights."""
    drawn = draw()
    for version, weight in weights_of(alias).items():
        if drawn < weight:
            return version
        drawn -= weight
    return str(alias.get("FunctionVersion", LATEST))


def problem_of(version: str, weights: Mapping[str, float], configs: Mapping[str, Mapping[str, Any]]) -> str:
    """Why Lambda refuses these weights beside `version`; empty when it accepts them. `configs`: of published versions.

    The caller has checked that `version` exists.
    """
    if not weights:
        return ""
    if len(weights) > 1:
        return "An alias can point to at most two versions: one weight is allowed in AdditionalVersionWeights"
    ((other, weight),) = weights.items()
    if not 0 <= weight <= 1:
        return f"The weight {weight} of version {other} is not between 0.0 and 1.0"
    if LATEST in (version, other):
        return f"$LATEST is not supported for an alias pointing to more than 1 version: {other} is weighted"
    if other not in configs:
        return f"Function version {other} does not exist"
    if other == version:
        return f"Function version {other} is already included in routing configuration"
    for name, what in SHARED.items():
        if (configs[version].get(name) or None) != (configs[other].get(name) or None):
            return f"Versions {version} and {other} have another {what}; those of a weighted alias must share it"
    return ""
