"""A repository that its stack kept can be deleted by its name, and made again."""

import json

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.stacks import Stack, deployed

REPOSITORY = {
    "Type": "AWS::CodeCommit::Repository",
    "DeletionPolicy": "Retain",
    "UpdateReplacePolicy": "Retain",
    "Properties": {"RepositoryName": "kept"},
}
TEMPLATE = json.dumps({"Resources": {"Repository": REPOSITORY}})


def test_a_kept_repository_is_deleted_and_made_again(cloud: Cloud) -> None:
    client = cloud.client("codecommit")
    with deployed(cloud, "keeps-a-repository", TEMPLATE):
        kept = client.get_repository(repositoryName="kept")["repositoryMetadata"]["repositoryId"]
    again = Stack(cloud, "keeps-a-repository")
    assert again.deploy(TEMPLATE) == "ROLLBACK_COMPLETE"
    again.delete()

    assert client.delete_repository(repositoryName="kept")["repositoryId"] == kept
    with pytest.raises(ClientError, match="RepositoryDoesNotExistException"):
        client.get_repository(repositoryName="kept")
    assert "repositoryId" not in client.delete_repository(repositoryName="kept")

    with deployed(cloud, "keeps-a-repository", TEMPLATE):
        assert client.get_repository(repositoryName="kept")["repositoryMetadata"]["repositoryId"] != kept
    client.delete_repository(repositoryName="kept")
