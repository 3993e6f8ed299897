"""What AWS withholds from new accounts, or limits for them. Every function here reads only."""

from collections.abc import Iterable

from tools.deploy.account import Account, Row, more, name_of, quota_of, resources_of

# "Concurrently running builds for ARM/Small environment": pipeline/template.yaml runs the tests there.
BUILDS_QUOTA = "L-5ED1D25B"


def distributions(account: Account) -> Iterable[Row]:
    """CloudFront.

    AWS does not say whether it has verified the account, so that it may create distributions.
    """
    what = name_of(distributions)
    if account.target.environment.is_local or not resources_of(account, "AWS::CloudFront::Distribution"):
        yield Row(what, "ok", "not needed")
    elif account.target.client("cloudfront").list_distributions(MaxItems="1")["DistributionList"]["Quantity"]:
        yield Row(what, "ok", "the account has a distribution")
    else:
        found = "no distribution yet: AWS may refuse the first one until Support has verified the account"
        yield Row(what, "unknown", found, "docs/deploying.md, section 3: try it in the console, before you deploy")


def builds(account: Account) -> Iterable[Row]:
    """CodeBuild.

    The quota of builds, compared with the tests that pipelines start at the same time.
    """
    what = name_of(builds)
    if account.target.environment.is_local:
        yield Row(what, "ok", "the local cloud has no quota")
        return
    wanted = sum(not service.deployed_by for service in account.services.values())
    quota = int(quota_of(account.target.client("service-quotas"), "codebuild", BUILDS_QUOTA))
    found = f"{quota:,} at once; a push that changes all services starts {wanted} builds (only with pipelines)"
    if quota < wanted:
        yield Row(what, "limit", found, more(account.target, "codebuild", BUILDS_QUOTA, wanted))
    else:
        yield Row(what, "ok", found)
