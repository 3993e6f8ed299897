"""Requests to the GraphQL API in the name of a person of the demo data, or with the storefront's API key.

The token stays here: the page never sees it.
"""

from tools.explore.demo_data import PEOPLE
from tools.explore.sign_in import token
from tools.local.client import Cloud
from tools.local.home import LocalCloudError
from tools.local_platform.console.documents import Api, PersonOfDemo
from tools.project.aws import Target
from tools.project.problems import Problem, WrongUse

TIMEOUT_SECONDS = 30


def api(target: Target) -> Api:
    """The API and the people."""
    url, _ = _place(target)
    people: list[PersonOfDemo] = [
        {"name": name, "email": email, "groups": groups} for name, (email, groups) in PEOPLE.items()
    ]
    return {"url": url, "people": [*people, {"name": "", "email": "", "groups": []}]}


def answer(target: Target, cloud: Cloud, person: str, body: bytes) -> tuple[int, bytes]:
    """The API's status and answer to a GraphQL request."""
    import urllib3

    if person and person not in PEOPLE:
        raise WrongUse(f"the demo data has no {person}")
    url, key = _place(target)
    try:
        sent = {"Authorization": token(cloud, person)} if person else {"x-api-key": key}
    except LocalCloudError as error:
        raise Problem(str(error)) from None
    headers = {"content-type": "application/json", **sent}
    response = urllib3.request("POST", url, body=body, headers=headers, timeout=TIMEOUT_SECONDS, retries=False)
    return response.status, response.data


def _place(target: Target) -> tuple[str, str]:
    """The API's URL and the storefront's key."""
    names = [f"/ecommerce/{target.environment.name}/frontend-api/api/{part}" for part in ("url", "key")]
    found = target.parameters(names)
    if len(found) < len(names):
        raise Problem("frontend-api is not deployed: `make deploy-frontend-api`")
    return found[names[0]], found[names[1]]
