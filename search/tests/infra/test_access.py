"""Who may call the service, and what its functions may do."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
READS, WRITES = {"dynamodb:GetItem"}, {"dynamodb:GetItem", "dynamodb:PutItem"}


def test_the_resolver_may_do_what_it_needs_and_no_more() -> None:
    assert TEMPLATE.actions("GraphqlRecordsFunction") == WRITES
    assert "resolvers/records/arn" in TEMPLATE.parameters("search")
