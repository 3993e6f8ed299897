"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))


def test_the_contracts_parameters() -> None:
    assert {"api/url", "api/arn", "api/domain"} <= TEMPLATE.parameters("delivery-pricing")


def test_no_function_has_a_policy() -> None:
    functions = TEMPLATE.of_type("AWS::Serverless::Function").values()
    assert len(functions) == 2
    assert not [function for function in functions if "Policies" in function]
