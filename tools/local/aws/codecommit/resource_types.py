"""AWS::CodeCommit::Repository."""

from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed
from tools.local.aws.codecommit.repositories import Repositories, repository_arn
from tools.local.aws.json_api import ApiError, Document

_SERVED = ("RepositoryName", "RepositoryDescription", "Tags")


class Repository:
    """`Ref` is the id. The attributes are Arn, Name, CloneUrlHttp and CloneUrlSsh."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = _checked(properties)
        try:
            return self._created(self._repositories.create(name, properties.get("RepositoryDescription") or ""))
        except ApiError as error:
            raise ResourceFailed(str(error)) from None

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        name = _checked(new)
        if old.get("RepositoryName") != name:
            return self.create(logical_id, new, stack)
        self._repositories.change(name, new.get("RepositoryDescription") or "")
        return self._created(self._repositories.repository(name))

    def delete(self, physical_id: str, properties: Properties) -> None:
        known = self._repositories.known.get(properties.get("RepositoryName", ""))
        if known is not None and known["id"] == physical_id:
            self._repositories.delete(known["name"])

    def _created(self, record: Document) -> Created:
        url = self._repositories.path(record["name"]).as_uri()
        attributes = {"Arn": repository_arn(record["name"]), "Name": record["name"]}
        return record["id"], {**attributes, "CloneUrlHttp": url, "CloneUrlSsh": url}


def _checked(properties: Properties) -> str:
    for key in properties:
        if key not in _SERVED:
            raise ResourceFailed(f"the local cloud does not know the property {key}")
    name = properties.get("RepositoryName")
    if not isinstance(name, str) or not name:
        raise ResourceFailed("RepositoryName is required and must be a string")
    return name
