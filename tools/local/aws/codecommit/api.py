"""The API of CodeCommit: GetRepository, DeleteRepository, ListRepositories, GetBranch, ListBranches, GetCommit.

Files are pushed and fetched with git, at the `file://` URL that GetRepository returns.
"""

import json

from tools.local.aws.codecommit.repositories import Repositories, repository_arn
from tools.local.aws.json_api import Document, JsonService, page
from tools.local.engine.own_services import Asked
from tools.local.home import ACCOUNT

TARGET = "CodeCommit_20150413"
_PAGE = 1_000


def arn_of_request(asked: Asked) -> str:
    """The resource that IAM checks: the repository."""
    try:
        request = json.loads(asked.body or b"{}")
    except ValueError:
        return "*"
    name = request.get("repositoryName") if isinstance(request, dict) else None
    return repository_arn(name) if isinstance(name, str) else "*"


class CodeCommitService(JsonService):
    """A service of the engine; see `engine/own_services.py`."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories
        self.get_state, self.reset = repositories.get_state, repositories.reset
        self.load_persisted_state = repositories.load_persisted_state
        operations = {
            "GetRepository": self._get_repository,
            "DeleteRepository": self._delete_repository,
            "ListRepositories": self._list_repositories,
            "GetBranch": self._get_branch,
            "ListBranches": self._list_branches,
            "GetCommit": self._get_commit,
        }
        super().__init__("codecommit", operations, "InvalidRepositoryNameException")

    def _get_repository(self, request: Document) -> Document:
        record = self._repositories.repository(request["repositoryName"])
        url = self._repositories.path(record["name"]).as_uri()
        branches = self._repositories.branches(record["name"])
        return {
            "repositoryMetadata": {
                "accountId": ACCOUNT,
                "repositoryId": record["id"],
                "repositoryName": record["name"],
                "repositoryDescription": record["description"],
                **({"defaultBranch": "main" if "main" in branches else min(branches)} if branches else {}),
                "lastModifiedDate": record["created"],
                "creationDate": record["created"],
                "cloneUrlHttp": url,
                "cloneUrlSsh": url,
                "Arn": repository_arn(record["name"]),
            }
        }

    def _delete_repository(self, request: Document) -> Document:
        """The id of the repository; none when there is no such repository, as the API reference has it."""
        found = self._repositories.known.get(request["repositoryName"])
        self._repositories.delete(request["repositoryName"])
        return {"repositoryId": found["id"]} if found else {}

    def _list_repositories(self, request: Document) -> Document:
        records = sorted(self._repositories.known.values(), key=lambda one: str(one["name"]))
        shown, more = page(
            [{"repositoryName": one["name"], "repositoryId": one["id"]} for one in records], request, _PAGE
        )
        return {"repositories": shown, **more}

    def _get_branch(self, request: Document) -> Document:
        commit = self._repositories.branch(request.get("repositoryName", ""), request.get("branchName", ""))
        return {"branch": {"branchName": request["branchName"], "commitId": commit}}

    def _list_branches(self, request: Document) -> Document:
        shown, more = page(sorted(self._repositories.branches(request["repositoryName"])), request, _PAGE)
        return {"branches": shown, **more}

    def _get_commit(self, request: Document) -> Document:
        return {"commit": self._repositories.commit(request["repositoryName"], request["commitId"])}
