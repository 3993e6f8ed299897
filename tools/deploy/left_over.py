"""What earlier deployments left in an account: it is used again, collides with a new stack, or stays aside."""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from tools.deploy.account import Account, Row, stacks
from tools.deploy.bucket import Bucket
from tools.deploy.kept import deleted_stacks


def artifact_bucket(account: Account) -> Iterable[Row]:
    """Bucket of artifacts."""
    name = Bucket(account.target).name
    try:
        account.target.s3.head_bucket(Bucket=name)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            yield Row("bucket of artifacts", "ok", f"{name}: the first deployment creates it")
        else:
            todo = "`artifacts_bucket` in environments.yaml: a name of yours"
            yield Row("bucket of artifacts", "missing", f"{name} cannot be read ({status})", todo)
    else:
        yield Row("bucket of artifacts", "ok", f"{name} is there and used again")


def log_groups(account: Account) -> Iterable[Row]:
    """Log groups left over. Functions that ran late create them again after a teardown."""
    absent = account.missing(stacks(account))
    prefix = f"/aws/lambda/{account.target.environment.stack('')}"
    pages = account.target.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    names = [group["logGroupName"] for page in pages for group in page["logGroups"]]
    left = [name for name in names if _owner(name.removeprefix(prefix), account.services) in absent]
    yield from _left_over("log groups", left, "aws logs delete-log-group --log-group-name ...; else the stack fails")


def parameters(account: Account) -> Iterable[Row]:
    """Parameters left over."""
    absent = account.missing(stacks(account))
    prefix = f"/ecommerce/{account.target.environment.name}/"
    pages = account.target.ssm.get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
    names = [parameter["Name"] for page in pages for parameter in page["Parameters"]]
    left = [name for name in names if name.removeprefix(prefix).split("/")[0] in absent]
    yield from _left_over("SSM parameters", left, "aws ssm delete-parameter --name ...; else the stack fails")


def bus(account: Account) -> Iterable[Row]:
    """Event bus left over."""
    name = f"ecommerce-{account.target.environment.name}"
    client = account.target.client("events")
    buses = [found["Name"] for found in client.list_event_buses(NamePrefix=name)["EventBuses"]]
    left = [name] if name in buses and "platform" not in stacks(account) else []
    yield from _left_over("event bus", left, "aws events delete-event-bus --name ...; else the stack fails")


def state(account: Account) -> Iterable[Row]:
    """Tables, pools and keys that earlier stacks kept."""
    environment = account.target.environment
    absent = account.missing(stacks(account))
    kept: dict[str, list[str]] = {}
    for name, service in absent.items():
        for earlier in deleted_stacks(service, account.target):
            kept.setdefault(name, []).extend(one.physical_id for one in earlier.kept)
    known = {one for names in kept.values() for one in names}
    for table in _tables(account):
        owner = _owner(table.removeprefix(environment.stack("")), account.services)
        if owner in absent and table not in known:  # its stack was deleted more than 90 days ago
            kept.setdefault(owner, []).append(table)
    for name, names in kept.items():
        command = environment.command("restore", name)
        yield Row(
            f"state of {name}", "limit", f"kept: {', '.join(names)}", f"{command} takes it back; else it stays aside"
        )
    if not kept:
        yield Row("kept state", "ok", "none without a stack")


def _tables(account: Account) -> list[str]:
    pages = account.target.client("dynamodb").get_paginator("list_tables").paginate()
    prefix = account.target.environment.stack("")
    return [name for page in pages for name in page["TableNames"] if name.startswith(prefix)]


def _owner(rest: str, services: Iterable[str]) -> str:
    """The service whose name a resource's name begins with: the longest, since `payment` begins `payment-3p`."""
    return max((name for name in services if rest == name or rest.startswith(f"{name}-")), key=len, default="")


def _left_over(what: str, names: list[str], todo: str) -> Iterable[Row]:
    if not names:
        yield Row(what, "ok", "none left over")
        return
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    yield Row(what, "missing", f"left over without a stack: {', '.join(names[:3])}{more}", todo)
