"""`make bootstrap-pipeline`: what it takes away, and what it keeps."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.pipeline import bootstrap
from tools.project.problems import Problem


class FakeStacks:
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find(self, name: str) -> dict[str, Any] | None:
        return {"StackName": name} if name in self.names else None

    def is_deployed(self, name: str) -> bool:
        return name in self.names

    def delete(self, stack: dict[str, Any]) -> list[dict[str, Any]]:
        self.names.remove(stack["StackName"])
        return []


def test_the_boundaries_stay_when_the_roles_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A role whose boundary is gone may do nothing, and what is deployed goes on. A second call reports the same."""
    stacks = FakeStacks(
        {"ecommerce-prod-pipeline-roles", "ecommerce-prod-pipeline-boundaries", "ecommerce-dev-pipeline"}
    )
    monkeypatch.setattr(bootstrap, "Stacks", lambda _: stacks)
    environment = SimpleNamespace(stack=lambda service: f"ecommerce-dev-{service}")
    made: Any = SimpleNamespace(
        own=["prod"], elsewhere=[], at=lambda _: None, place=SimpleNamespace(environment=environment)
    )
    kept = "  kept: ecommerce-prod-pipeline-boundaries: the roles of what is deployed there have these boundaries"
    for answers in (
        ["ecommerce-prod-pipeline-roles: deleted", kept, "ecommerce-dev-pipeline: deleted"],
        ["ecommerce-prod-pipeline-roles: is not deployed", kept, "ecommerce-dev-pipeline: is not deployed"],
    ):
        printed: list[str] = []
        bootstrap.take_down(made, printed.append)
        assert printed == answers
    assert stacks.names == {"ecommerce-prod-pipeline-boundaries"}


class FakeAccount:
    """The bucket and the repository of earlier pipelines, if they are there."""

    def __init__(self, *, bucket: bool, repository: bool, connection: str = "") -> None:
        self.has_bucket, self.has_repository = bucket, repository
        self.s3 = self  # the account's client of S3: this class answers its calls too
        services = {"pipeline": {"ConnectionArn": connection}}
        self.environment = SimpleNamespace(stack=lambda service: f"ecommerce-dev-{service}", services=services)

    def client(self, _service: str) -> "FakeAccount":
        return self

    def head_bucket(self, Bucket: str) -> None:  # noqa: N803 - boto3's name
        if not self.has_bucket:
            raise ClientError({"Error": {"Code": "404", "Message": Bucket}}, "HeadBucket")

    def get_repository(self, **request: str) -> None:
        if not self.has_repository:
            error = {"Code": "RepositoryDoesNotExistException", "Message": str(request)}
            raise ClientError({"Error": error}, "GetRepository")  # type: ignore[typeddict-item]  # without its optional keys


@pytest.mark.parametrize(
    ("account", "stacks", "named"),
    [
        (FakeAccount(bucket=False, repository=False), set(), ""),
        (
            FakeAccount(bucket=True, repository=True),
            set(),
            "the bucket pipelines and the repository ecommerce",
        ),
        (FakeAccount(bucket=False, repository=True), set(), "kept the repository ecommerce: delete"),
        (FakeAccount(bucket=False, repository=True, connection="arn"), set(), ""),
        (FakeAccount(bucket=True, repository=True), {"ecommerce-dev-pipeline"}, ""),  # they are its own
    ],
)
def test_what_earlier_pipelines_kept_is_named_before_anything_is_made(
    account: FakeAccount, stacks: set[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "Stacks", lambda _: FakeStacks(stacks))
    made: Any = SimpleNamespace(place=account, bucket="pipelines")
    if named:
        with pytest.raises(Problem, match=named):
            bootstrap.refuse_kept(made)
    else:
        bootstrap.refuse_kept(made)


class FakeRoles:
    """IAM of an account that AppSync may have a role in. It is the account too."""

    def __init__(self, *names: str, local: bool = False) -> None:
        self.names, self.environment = [*names], SimpleNamespace(is_local=local)
        self.exceptions = SimpleNamespace(NoSuchEntityException=KeyError)

    def client(self, _service: str) -> "FakeRoles":
        return self

    def get_role(self, RoleName: str) -> None:  # noqa: N803 - boto3's name
        if RoleName not in self.names:
            raise KeyError(RoleName)

    def create_service_linked_role(self, AWSServiceName: str) -> None:  # noqa: N803 - boto3's name
        assert AWSServiceName == "appsync.amazonaws.com"
        self.names.append("AWSServiceRoleForAppSync")


def test_the_role_of_appsync_that_no_stack_may_make_is_made_once() -> None:
    """The roles of stacks may not make roles of AWS's services, and in a new account this one is missing."""
    account: Any = FakeRoles()
    printed: list[str] = []
    for _ in range(3):
        bootstrap.make_linked_role(account, printed.append)
    assert account.names == ["AWSServiceRoleForAppSync"]
    assert printed == ["AWSServiceRoleForAppSync: created"]


def test_the_local_cloud_needs_no_role_of_appsync() -> None:
    account: Any = FakeRoles(local=True)
    bootstrap.make_linked_role(account, lambda _: pytest.fail("nothing to say"))
    assert account.names == []
