"""`make check-account`: what the account lacks before the first deployment, as a table. Changes nothing."""

import os
import sys
from collections.abc import Mapping

import botocore.exceptions as faults
from botocore.exceptions import ClientError

from tools.deploy import account as checks
from tools.deploy import left_over, new_account
from tools.deploy.account import ENOUGH_CONCURRENCY, Account, Check, Row, concurrency_of, more_concurrency, rows
from tools.deploy.storefront_key import api_key
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import discover

CHECKS: tuple[Check, ...] = (
    checks.credentials,
    checks.region,
    checks.cloudformation,
    checks.concurrency,
    checks.mail,
    checks.cognito_mail,
    checks.access_logs,
    checks.tracing_role,
    new_account.distributions,
    new_account.builds,
    api_key,
    left_over.artifact_bucket,
    left_over.log_groups,
    left_over.parameters,
    left_over.bus,
    left_over.state,
    checks.quotas,
)
# Set for the processes of a run for all services, so that the warning is printed once.
WARNED = "ECOM_CONCURRENCY_CHECKED"


def main(argv: list[str]) -> int:
    Parser(prog="make check-account", description=__doc__).parse_args(argv)
    try:
        environment = chosen()
        with readable(environment):
            account = Account(target(environment), discover())
            account.target.account  # noqa: B018 - wrong credentials end here, in one line
            found = list(rows(account, CHECKS))
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    print(table(found))
    missing = sum(row.state == "missing" for row in found)
    print(f"\n{environment.name}: {summary(found)}" + ("" if missing else "; nothing prevents a deployment"))
    return 1 if missing else 0


def table(found: list[Row]) -> str:
    """The rows as aligned columns; what to do is on a line of its own."""
    width = max(len(row.what) for row in found)
    lines = []
    for row in found:
        lines.append(f"{row.state:<8} {row.what:<{width}}  {row.found}")
        if row.todo:
            lines.append(f"{'':<8} {'':<{width}}  -> {row.todo}")
    return "\n".join(lines)


def summary(found: list[Row]) -> str:
    counts = {state: sum(row.state == state for row in found) for state in ("ok", "missing", "limit", "unknown")}
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count)


def warn_about_concurrency(place: Target, environ: Mapping[str, str] = os.environ) -> str:
    """One line if the account's Lambda concurrency is too low for orders, or cannot be read; else an empty string."""
    if place.environment.is_local or WARNED in environ:
        return ""
    try:
        quota = concurrency_of(place)
    except (ClientError, faults.BotoCoreError) as error:
        return f"warning: the account's Lambda concurrency cannot be read: {' '.join(str(error).split())}"
    if quota >= ENOUGH_CONCURRENCY:
        return ""
    return f"warning: the account runs {quota} functions at once, one createOrder needs five: {more_concurrency(place)}"


if __name__ == "__main__":
    end(main)
