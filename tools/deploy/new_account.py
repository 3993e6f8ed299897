"""What AWS holds back from new accounts, beside the quotas of `account.py`. Every function here reads only."""

from collections.abc import Iterable

from tools.deploy.account import Account, Row, more, quota_of
from tools.project.services import Service

# "Concurrently running builds for ARM/Small environment": pipeline/template.yaml runs the tests there.
BUILDS_QUOTA = "L-5ED1D25B"


def distributions(account: Account) -> Iterable[Row]:
    """CloudFront."""
    what = "CloudFront"
    if account.target.environment.is_local or not any(map(_has_distribution, account.services.values())):
        yield Row(what, "ok", "not needed")
    elif account.target.client("cloudfront").list_distributions(MaxItems="1")["DistributionList"]["Quantity"]:
        yield Row(what, "ok", "the account has a distribution")
    else:
        found = "no distribution yet: AWS may refuse the first one until Support has verified the account"
        yield Row(what, "unknown", found, "docs/deploying.md, section 3: try it in the console, before you deploy")


def _has_distribution(service: Service) -> bool:
    return any(
        isinstance(resource, dict) and resource["Type"] == "AWS::CloudFront::Distribution"
        for resource in service.template["Resources"].values()
    )


def builds(account: Account) -> Iterable[Row]:
    """CodeBuild."""
    what = "CodeBuild"
    if account.target.environment.is_local:
        yield Row(what, "ok", "the local cloud has no quota")
        return
    wanted = sum(not service.deployed_by for service in account.services.values())
    quota = int(quota_of(account.target.client("service-quotas"), "codebuild", BUILDS_QUOTA))
    found = f"{quota:,} at once; a push that changes all services tests {wanted} (pipelines only)"
    if quota < wanted:
        yield Row(what, "limit", found, more(account.target, "codebuild", BUILDS_QUOTA, wanted))
    else:
        yield Row(what, "ok", found)
