"""The dead-letter queue of a service, or why there is none."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from tools.operate.redrive.queue import queue_url
from tools.project.problems import Problem
from tools.project.services import discover


def test_a_service_without_a_dead_letter_queue_is_not_called_undeployed() -> None:
    with pytest.raises(Problem, match=r"^delivery-pricing has no dead-letter queue"):
        queue_url(cast(Any, None), discover()["delivery-pricing"])


def test_a_stack_that_is_not_deployed_names_the_command() -> None:
    class NoStacks:
        def describe_stack_resource(self, **_asked: Any) -> None:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "no"}}, "DescribeStackResource")

    nowhere = SimpleNamespace(environment=SimpleNamespace(name="dev"), cloudformation=NoStacks())
    with pytest.raises(Problem, match=r"ecommerce-dev-orders is not deployed.*`make deploy-orders`"):
        queue_url(cast(Any, nowhere), discover()["orders"])
