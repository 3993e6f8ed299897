"""Rollback where there is nothing to roll back."""

import pytest
from botocore.exceptions import ClientError

from tools.pipeline.rollback import set_up
from tools.project.environments import Environment
from tools.project.problems import Problem

LOCAL = Environment("local", "local", "us-east-1")


@pytest.mark.parametrize("code", ["PipelineNotFoundException", "NoSuchBucket"])
def test_without_pipelines_it_names_the_command(code: str) -> None:
    with pytest.raises(Problem, match="there are no pipelines in local: `make bootstrap-pipeline`"), set_up(LOCAL):
        raise ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


def test_another_error_stays() -> None:
    with pytest.raises(ClientError), set_up(LOCAL):
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Operation")
