"""GraphiQL in the console, with ready-made queries, as the people of the demo data."""

import json

import pytest

from ecom_client.browser import Page
from ecom_client.platform import Platform

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]
RUN = ".graphiql-execute-button"


@pytest.fixture
def graphiql(platform_outside: Platform, console: str, page: Page) -> Page:
    page.open(f"{console}#/graphql")
    page.wait_until(f"!!document.querySelector('{RUN}')", 60)
    return page


def choose(page: Page, field: str, value: str) -> None:
    page.run(
        f"(() => {{ const field = document.getElementById({json.dumps(field)}); field.value = {json.dumps(value)};"
        " field.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )


def answer(page: Page, words: str) -> None:
    """Run the query. A click is lost before the editors are loaded."""
    for part in (".graphiql-query-editor", ".result-window"):
        page.wait_until(f"!!document.querySelector('{part} .CodeMirror-code')", 60)
    page.click(RUN)
    page.wait_for(".result-window", words, 60)


def test_the_ready_made_queries_are_answered(graphiql: Page) -> None:
    answer(graphiql, '"getOrders"')
    choose(graphiql, "query", "What is to be packed")
    graphiql.wait_until("document.getElementById('person').value === 'clerk'")
    graphiql.wait_until("document.querySelector('.graphiql-query-editor')?.innerText.includes('ToPack')")
    answer(graphiql, '"packagingRequestIds"')
    choose(graphiql, "query", "The catalogue")
    graphiql.wait_until("document.querySelector('.graphiql-query-editor')?.innerText.includes('Catalogue')")
    answer(graphiql, '"getProducts"')


def test_a_shopper_may_not_pack(graphiql: Page) -> None:
    choose(graphiql, "query", "What is to be packed")
    graphiql.wait_until("document.querySelector('.graphiql-query-editor')?.innerText.includes('ToPack')")
    choose(graphiql, "person", "shopper")
    graphiql.wait_until("document.querySelector('main .quiet').innerText.includes('as shopper')")
    answer(graphiql, "Unauthorized")


def test_the_schema_is_loaded(graphiql: Page) -> None:
    graphiql.click("[aria-label='Show Documentation Explorer']")
    graphiql.wait_for(".graphiql-doc-explorer", "Mutation")
