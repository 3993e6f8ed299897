"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

from tools.project.services import read_template

RESOURCES: dict[str, Any] = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


def test_the_contracts_parameters() -> None:
    published = {
        resource["Properties"]["Name"]["Fn::Sub"]
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::SSM::Parameter"
    }
    prefix = "/ecommerce/${Environment}/delivery-pricing/"
    assert {f"{prefix}api/url", f"{prefix}api/arn", f"{prefix}api/domain"} <= published


def test_no_function_may_do_anything() -> None:
    functions = [each for each in RESOURCES.values() if each["Type"] == "AWS::Serverless::Function"]
    assert len(functions) == 2
    assert not [function for function in functions if "Policies" in function["Properties"]]
