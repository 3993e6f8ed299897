"""environments.yaml, and the choice by ENVIRONMENT."""

from pathlib import Path

import pytest

from tools.project.environments import chosen, read_all
from tools.project.problems import Problem, WrongUse

GOOD = """
environments:
  local: { cloud: local, region: us-east-1 }
  dev:
    cloud: aws
    region: eu-west-1
    parameters: { LogRetentionDays: 14, Loud: true }
    services:
      orders: { ReservationSeconds: 60 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "environments.yaml"
    path.write_text(GOOD)
    return path


def test_local_is_the_default(file: Path) -> None:
    assert chosen({}, file).name == "local"
    assert chosen({"ENVIRONMENT": ""}, file).is_local


def test_values_are_texts_as_cloudformation_takes_them(file: Path) -> None:
    dev = chosen({"ENVIRONMENT": "dev"}, file)
    assert dev.parameters == {"LogRetentionDays": "14", "Loud": "true"}
    assert dev.services == {"orders": {"ReservationSeconds": "60"}}
    assert dev.command("deploy", "orders") == "`ENVIRONMENT=dev make deploy-orders`"


def test_the_error_for_an_unknown_environment_lists_the_known_ones(file: Path) -> None:
    with pytest.raises(WrongUse, match="unknown ENVIRONMENT production; known environments: local, dev"):
        chosen({"ENVIRONMENT": "production"}, file)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cloud: aws", "cloud: azure", ":5: dev: `cloud` must be local or aws"),
        ("    region: eu-west-1\n", "", ":4: dev: `region` must be a string"),
        ("parameters:", "parameter:", ":7: dev: unknown key parameter"),
        ("{ LogRetentionDays: 14, Loud: true }", "[1]", ":7: dev: `parameters` must be a map"),
        ("{ ReservationSeconds: 60 }", "60", ":9: dev: `services` must be a map"),
        ("  dev:", "  Dev:", ":4: Dev: a name may have lower-case letters"),
    ],
)
def test_a_wrong_entry_is_one_line(file: Path, old: str, new: str, message: str) -> None:
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(Problem, match=message) as caught:
        read_all(file)
    assert "\n" not in str(caught.value)


def test_in_a_build_of_a_local_pipeline_every_environment_is_on_that_cloud() -> None:
    known = read_all(environ={"ECOM_LOCAL_ENDPOINT": "http://127.0.0.1:4566"})
    assert {(each.cloud, each.region, each.endpoint) for each in known.values()} == {
        ("local", "us-east-1", "http://127.0.0.1:4566")
    }


def test_an_endpoint_elsewhere_is_refused() -> None:
    with pytest.raises(Problem, match=r"ECOM_LOCAL_ENDPOINT=https://example\.com is not on this machine; unset it"):
        read_all(environ={"ECOM_LOCAL_ENDPOINT": "https://example.com"})
