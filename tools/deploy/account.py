"""What an AWS account must have before the platform is deployed to it. Every function here reads only.

A check returns rows, each with a state. `missing`: the deployment or the first order fails. `limit`: it works, but not
for many. `unknown`: it could not be read, or what can be read does not decide it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import botocore.exceptions as faults
from botocore.exceptions import ClientError

from tools.deploy import linked_role
from tools.deploy.stacks import NEVER_CREATED
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.services import Service
from tools.scale.limits import Limit, limits

# One createOrder holds five execution environments at once, and its events follow.
ENOUGH_CONCURRENCY = 100
# Lambda refuses to reserve these: functions without a reservation share them.
NEVER_RESERVED = 100
CONCURRENCY_QUOTA = "L-B99A9384"
AWS_SERVICES = (
    "apigateway",
    "appsync",
    "cognito-idp",
    "dynamodb",
    "events",
    "lambda",
    "schemas",
    "sesv2",
    "sns",
    "sqs",
)
EXAMPLE_DOMAIN = re.compile(r"(^|\.)example$")


@dataclass(frozen=True)
class Row:
    what: str
    state: str
    found: str
    todo: str = ""


@dataclass(frozen=True)
class Account:
    """An environment's account, and the services to deploy to it."""

    target: Target
    services: dict[str, Service]

    def missing(self, deployed: Iterable[str]) -> dict[str, Service]:
        """The services without a stack."""
        return {name: service for name, service in self.services.items() if name not in set(deployed)}


Check = Callable[[Account], Iterable[Row]]


def rows(account: Account, checks: Iterable[Check]) -> Iterator[Row]:
    """The rows of every check. One that AWS refuses, or that the cloud does not have, is `unknown`."""
    for check in checks:
        try:
            yield from check(account)
        except ClientError as error:
            details = error.response["Error"]
            reason = f"{details.get('Code', '?')}: {' '.join(str(details.get('Message', '')).split())}"
            todo = f"allow {error.operation_name}" if "Denied" in reason or "Unauthorized" in reason else ""
            yield Row(name_of(check), "unknown", f"{error.operation_name} was refused: {reason}"[:160], todo)
        except faults.BotoCoreError as error:
            yield Row(name_of(check), "unknown", " ".join(str(error).split())[:160])


def name_of(check: Check) -> str:
    """The label of a check's rows in the table: the first line of its docstring."""
    return (check.__doc__ or check.__name__).splitlines()[0].rstrip(".")


def credentials(account: Account) -> Iterable[Row]:
    """Account."""
    yield Row("account", "ok", account.target.account)


def region(account: Account) -> Iterable[Row]:
    """Region."""
    name = account.target.environment.region
    session = account.target.session
    partitions = (session.get_partition_for_region(name),)
    absent = [
        service
        for service in AWS_SERVICES
        if not any(name in session.get_available_regions(service, partition) for partition in partitions)
    ]
    if absent:
        yield Row(
            "Region",
            "missing",
            f"{name} has no {', '.join(absent)}, as far as the SDK knows",
            "another `region` in environments.yaml",
        )
    else:
        yield Row("Region", "ok", name)


def cloudformation(account: Account) -> Iterable[Row]:
    """CloudFormation."""
    known = stacks(account)
    broken = sorted(f"{name} ({status})" for name, status in known.items() if status in NEVER_CREATED)
    if broken:
        yield Row(
            "CloudFormation", "limit", f"never created: {', '.join(broken)}", "deploying deletes and creates them"
        )
    live = sorted(set(known) - {name.split(" ")[0] for name in broken})
    yield Row("CloudFormation", "ok", f"{len(live)} of {len(account.services)} services deployed")


def stacks(account: Account) -> dict[str, str]:
    """Service -> status of its stack."""
    names = {account.target.environment.stack(name): name for name in account.services}
    pages = account.target.cloudformation.get_paginator("describe_stacks").paginate()
    found = (stack for page in pages for stack in page["Stacks"])
    return {names[stack["StackName"]]: stack["StackStatus"] for stack in found if stack["StackName"] in names}


def concurrency(account: Account) -> Iterable[Row]:
    """Lambda concurrency."""
    quota, reserved = concurrency_of(account.target), reserved_concurrency(account)
    found = f"{quota:,} at once" + (f", {reserved:,} of them reserved for orders" if reserved else "")
    if quota < ENOUGH_CONCURRENCY:
        yield Row("Lambda concurrency", "missing", found, more_concurrency(account.target))
    elif reserved and quota - reserved < NEVER_RESERVED:
        todo = f"a smaller ReservedForOrders in environments.yaml: Lambda leaves {NEVER_RESERVED} to other functions"
        yield Row("Lambda concurrency", "missing", found, todo)
    else:
        yield Row("Lambda concurrency", "ok", found)


def concurrency_of(target: Target) -> int:
    return int(target.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])


def reserved_concurrency(account: Account) -> int:
    """What the functions of all templates reserve with the environment's parameters."""
    return sum(
        int(_value(account.target.environment, service, given["Fn::If"][1]["Ref"]))
        for service in account.services.values()
        for resource in service.template["Resources"].values()
        if (given := (resource.get("Properties") or {}).get("ReservedConcurrentExecutions"))
    )


def _value(environment: Environment, service: Service, parameter: str) -> str:
    default = service.template["Parameters"][parameter].get("Default", "")
    for given in (environment.services.get(service.name, {}), environment.parameters):
        if parameter in given:
            return given[parameter]
    return str(default)


def more_concurrency(target: Target) -> str:
    return more(target, "lambda", CONCURRENCY_QUOTA, 1000)


def more(target: Target, service: str, quota: str, value: int) -> str:
    """The command that asks AWS for it."""
    return (
        f"aws service-quotas request-service-quota-increase --region {target.environment.region} "
        f"--service-code {service} --quota-code {quota} --desired-value {value}"
    )


def mail(account: Account) -> Iterable[Row]:
    """SES."""
    client = account.target.client("sesv2")
    found = client.get_account()
    quota = found.get("SendQuota", {})
    rates = f"{quota.get('Max24HourSend', 0):,.0f} mails a day, {quota.get('MaxSendRate', 0):g} a second"
    if not found.get("SendingEnabled", False):
        yield Row("SES sending", "missing", "paused by AWS", "see the account's dashboard of SES")
    elif found.get("ProductionAccessEnabled"):
        yield Row("SES sending", "ok", rates)
    else:
        yield Row("SES sending", "limit", f"sandbox: verified recipients only, {rates}", "request production access")
    yield sender(account, client)


def sender(account: Account, client: Any) -> Row:
    what, environment = "SES sender", account.target.environment
    domain = environment.services.get("notifications", {}).get("SenderDomain", "")
    if not environment.is_local and (not domain or EXAMPLE_DOMAIN.search(domain)):
        todo = f"SenderDomain of {environment.name} in environments.yaml: a domain of yours"
        return Row(what, "missing", f"{domain or 'no domain'} is not yours", todo)
    try:
        identity = client.get_email_identity(EmailIdentity=domain)
    except client.exceptions.NotFoundException:
        return Row(what, "ok", f"{domain}: notifications creates the identity; then set its DKIM records")
    if "notifications" not in stacks(account):
        return Row(what, "missing", f"{domain} is an identity already", "delete the identity, or another SenderDomain")
    if not identity.get("VerifiedForSendingStatus"):
        return Row(
            what, "limit", f"{domain} is not verified", "the outputs DkimRecord1 to 3 of notifications, in its DNS"
        )
    return Row(what, "ok", f"{domain} is verified")


def cognito_mail(account: Account) -> Iterable[Row]:
    """Cognito's mails."""
    environment = account.target.environment
    given = environment.services.get("users", {})
    if given.get("MailIdentityArn"):
        yield Row("Cognito's mails", "ok", f"sent by SES as {given.get('MailFrom') or 'the identity'}")
    elif environment.is_local:
        yield Row("Cognito's mails", "ok", "in the mailbox")
    else:
        todo = "MailIdentityArn and MailFrom of users in environments.yaml, once SES may send"
        yield Row("Cognito's mails", "limit", "sent by Cognito, 50 a day for the account", todo)


def access_logs(account: Account) -> Iterable[Row]:
    """API Gateway's role for logs."""
    what = name_of(access_logs)
    environment = account.target.environment
    if not any(_is_logged(environment, service) for service in account.services.values()):
        yield Row(what, "ok", "not needed: no API writes access logs")
    elif role := account.target.client("apigateway").get_account().get("cloudwatchRoleArn"):
        yield Row(what, "ok", role.rpartition("/")[2])
    else:
        yield Row(what, "missing", "none", "docs/deploying.md: a role with AmazonAPIGatewayPushToCloudWatchLogs")


def _is_logged(environment: Environment, service: Service) -> bool:
    """Whether an API of the service writes logs; the parameter AccessLogs decides where the template has it."""
    if "AccessLogs" in (service.template.get("Parameters") or {}):
        return _value(environment, service, "AccessLogs") == "true"
    return _writes_logs(service.template)


def _writes_logs(node: Any) -> bool:
    if isinstance(node, dict):
        return bool({"AccessLogSetting", "AccessLogSettings", "LoggingLevel"} & node.keys()) or any(
            map(_writes_logs, node.values())
        )
    return isinstance(node, list) and any(map(_writes_logs, node))


def tracing_role(account: Account) -> Iterable[Row]:
    """AppSync's role for traces."""
    what = name_of(tracing_role)
    apis = resources_of(account, "AWS::AppSync::GraphQLApi")
    if account.target.environment.is_local or not any(api.get("XrayEnabled") for api in apis):
        yield Row(what, "ok", "not needed")
    elif linked_role.exists(account.target.client("iam")):
        yield Row(what, "ok", linked_role.NAME)
    else:
        yield Row(what, "missing", "none: the first creation of the GraphQL API fails", linked_role.COMMAND)


def resources_of(account: Account, kind: str) -> list[dict[str, Any]]:
    """The properties of each resource of a type in the templates of all services."""
    return [
        resource.get("Properties") or {}
        for service in account.services.values()
        for resource in service.template["Resources"].values()
        if isinstance(resource, dict) and resource["Type"] == kind  # a loop is a list
    ]


def quotas(account: Account) -> Iterable[Row]:
    """Service Quotas."""
    if account.target.environment.is_local:
        yield Row("Service Quotas", "unknown", "the local cloud has none")
        return
    client, region = account.target.client("service-quotas"), account.target.environment.region
    readable = [limit for limit in limits() if limit.quota and limit.quota["service"] not in ("lambda", "ses")]
    for limit in readable:
        yield _quota(client, limit, region)


def _quota(client: Any, limit: Limit, region: str) -> Row:
    quota = limit.quota or {}
    value = quota_of(client, quota["service"], quota["code"])
    state = "ok" if value >= limit.of(region) else "limit"
    todo = "" if state == "ok" else f"{limit.remedy} (docs/scale.md counts with {limit.of(region):,.0f})"
    return Row(limit.name, state, f"{value:,.0f} {limit.unit}", todo)


def quota_of(client: Any, service: str, code: str) -> float:
    """The account's value, or AWS's default if the account never had another."""
    asked = {"ServiceCode": service, "QuotaCode": code}
    try:
        return float(client.get_service_quota(**asked)["Quota"]["Value"])
    except client.exceptions.NoSuchResourceException:
        return float(client.get_aws_default_service_quota(**asked)["Quota"]["Value"])
