"""Resources that store something keep their logical ids: those that `stores` of the service's metadata.yaml lists.

CloudFormation creates a new, empty resource for a new logical id. Nothing reads the rows of the old table any more, and
the messages of the old queue are deleted with it. Add a new resource to the list; never rename one.
"""

import pytest

from tools.project import services

STORES = (
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SQS::Queue",
)


@pytest.mark.parametrize("name", services.names())
def test_no_resource_that_stores_something_was_renamed(name: str) -> None:
    service = services.one(name)
    listed = str(service.metadata.get("stores", ""))
    resources = service.template["Resources"].items()
    found = sorted(key for key, resource in resources if resource["Type"] in STORES)
    assert ", ".join(found) == listed, f"{name}/metadata.yaml: stores"


def test_services_with_data_are_found() -> None:
    assert {"orders", "payment", "users", "warehouse"} <= {
        name for name, service in services.discover().items() if "stores" in service.metadata
    }
