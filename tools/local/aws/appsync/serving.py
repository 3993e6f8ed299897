"""The parts of an API's configuration that are not served. They are refused when they are created, so that a deployed
stack neither fails later nor answers wrongly."""

from collections.abc import Iterable

from tools.local.aws.appsync.model import Mode
from tools.local.aws.appsync.resolving import SOURCES

NOT_SERVED = {Mode.OIDC: "OpenID Connect providers", Mode.LAMBDA: "Lambda authorizers"}
NO_PIPELINES = "the local cloud runs UNIT resolvers only, no pipeline functions"


def unserved_mode(modes: Iterable[object]) -> str:
    """Why an API with these authentication types cannot be served; empty when it can."""
    for mode, what in NOT_SERVED.items():
        if mode in modes:
            return f"the local cloud has no {what} ({mode}); use API_KEY, AMAZON_COGNITO_USER_POOLS or AWS_IAM"
    return ""


def unserved_source(kind: object) -> str:
    """Why a data source of this type cannot be served; empty when it can."""
    if kind in SOURCES:
        return ""
    return f"the local cloud resolves with data sources of type {' and '.join(SOURCES)}, not {kind}"
