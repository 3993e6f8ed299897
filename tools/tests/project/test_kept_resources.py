"""What a stack keeps when it is deleted, it deletes when the operation that made it fails.

A pipeline cannot ask CloudFormation for that when it executes a change set, so the templates do.
"""

import pytest

from tools.project.services import discover
from tools.scale.model import resources

SERVICES = discover()


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_kept_is_deleted_when_its_creation_fails(name: str) -> None:
    service = SERVICES[name]
    for resource in resources(service.template_path, service.template):
        policies = resource.get("DeletionPolicy", "Delete"), resource.get("UpdateReplacePolicy", "Delete")
        assert policies in (("RetainExceptOnCreate", "Retain"), ("Delete", "Delete")), resource["Type"]
