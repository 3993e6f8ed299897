"""Pipelines of `templates/pipeline.yaml` on the temporary cloud."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tools.local.client import Cloud
from tools.tests.local.pipelines import TEMPLATE, PipelineClient, emptied
from tools.tests.local.stacks import deployed, template

MakePipeline = Callable[..., PipelineClient]


@pytest.fixture
def make_pipeline(cloud: Cloud) -> Iterator[MakePipeline]:
    """Create a pipeline that deploys the stack `{name}-target` when the test starts it."""
    with ExitStack() as used:

        def make(name: str, **parameters: str) -> PipelineClient:
            used.enter_context(
                deployed(cloud, name, template("pipeline"), Name=name, StackName=f"{name}-target", **parameters)
            )
            bucket = f"{name}-artifacts"
            used.callback(emptied, cloud, bucket)
            pipeline = PipelineClient(cloud, name)
            pipeline.put_source(bucket, {"template.yaml": TEMPLATE})
            # The execution that the creation started has no source, or the one above.
            pipeline.ended(pipeline.executions()[0])
            return pipeline

        yield make
