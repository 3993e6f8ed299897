"""A pipeline that its template creates: source, build and deployment on a temporary cloud."""

from collections.abc import Iterator

import pytest

from tools.local.client import Cloud
from tools.tests.local.pipelines import TEMPLATE, PipelineClient
from tools.tests.local.stacks import deployed, template


@pytest.fixture(scope="module")
def pipeline(cloud: Cloud) -> Iterator[PipelineClient]:
    with deployed(cloud, "p1", template("pipeline"), Name="p1", StackName="p1-target"):
        made = PipelineClient(cloud, "p1")
        made.put_source("p1-artifacts", {"template.yaml": TEMPLATE})
        yield made
        s3 = cloud.client("s3")
        for one in s3.list_object_versions(Bucket="p1-artifacts").get("Versions", []):
            s3.delete_object(Bucket="p1-artifacts", Key=one["Key"], VersionId=one["VersionId"])


def test_a_change_goes_from_the_source_to_the_stack(cloud: Cloud, pipeline: PipelineClient) -> None:
    version = pipeline.put_source("p1-artifacts", {"template.yaml": TEMPLATE})
    execution = pipeline.start(variables=[{"name": "Value", "value": "new"}])
    assert pipeline.ended(execution) == "Succeeded", pipeline.actions(execution)
    value = cloud.client("ssm").get_parameter(Name="/p1-target")["Parameter"]["Value"]
    assert value == f"new hello {version}"
