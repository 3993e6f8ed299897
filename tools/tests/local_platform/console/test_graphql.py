"""The page GraphiQL: its ready-made queries, and requests in the name of a person."""

import re

from graphql import build_schema, parse, validate

from tools import ROOT
from tools.explore.demo_data import PEOPLE
from tools.local.client import Cloud
from tools.local.console.build import SOURCES
from tools.local.console.plane import API
from tools.tests.local.http import call

QUERIES = (SOURCES / "src" / "queries.graphql").read_text()
AWS_SCALARS = "scalar AWSJSON scalar AWSDateTime"


def test_the_ready_made_queries_fit_the_schema() -> None:
    text = (ROOT / "frontend-api" / "schema.graphql").read_text()
    schema = build_schema(f"{text}\n{AWS_SCALARS}", assume_valid_sdl=True)
    assert validate(schema, parse(QUERIES)) == []


def test_each_names_its_person_and_its_title() -> None:
    heads = re.findall(r"^# (.*)$", QUERIES, re.MULTILINE)
    assert len(heads) == len(parse(QUERIES).definitions)
    people = {re.fullmatch(r"(?:\((API key)\)|(\w+):) (.+)", head) for head in heads}
    assert None not in people
    assert {found[2] for found in people if found and found[2]} == set(PEOPLE)


def test_without_the_platform_the_page_says_what_is_missing(cloud: Cloud) -> None:
    missing = (503, "frontend-api is not deployed: `make deploy-frontend-api`")
    answer = call(f"{cloud.endpoint}{API}/graphql")
    assert (answer.status, answer.message) == missing
    answer = call(f"{cloud.endpoint}{API}/graphql?as=shopper", "POST", b'{"query": "{ a }"}')
    assert (answer.status, answer.message) == missing


def test_another_person_is_refused(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}{API}/graphql?as=root", "POST", b'{"query": "{ a }"}')
    assert (answer.status, answer.message) == (404, "the demo data has no root")


def test_other_methods_are_refused(cloud: Cloud) -> None:
    assert call(f"{cloud.endpoint}{API}/graphql", "PUT", b"{}").status == 405
