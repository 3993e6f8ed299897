"""`python -m tools.explore.ask [--as admin|clerk|shopper] QUERY`: send a GraphQL request to the local API and
print the answer.

Without `--as` the request has the storefront's API key.
"""

import argparse
import json
import sys

from tools.explore.demo_data import PEOPLE, read_parameters
from tools.explore.sign_in import token
from tools.local.client import Cloud, running_cloud
from tools.local.home import LocalCloudError
from tools.project.command import end


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.explore.ask", description=__doc__)
    parser.add_argument("query", help="such as '{ getProducts { products { name } } }'")
    parser.add_argument("--as", dest="person", choices=list(PEOPLE), help="sign in as this person of the demo data")
    arguments = parser.parse_args(argv)
    try:
        answer = ask(running_cloud(), arguments.query, arguments.person)
    except LocalCloudError as error:
        sys.stderr.write(f"ask: {error}\n")
        return 1
    sys.stdout.write(json.dumps(answer, indent=2, ensure_ascii=False) + "\n")
    return 1 if "errors" in answer else 0


def ask(cloud: Cloud, query: str, person: str | None) -> dict[str, object]:
    import urllib3

    parameters = read_parameters(cloud)
    headers = {"Authorization": token(cloud, person)} if person else {"x-api-key": parameters["frontend-api/api/key"]}
    answer = urllib3.request("POST", parameters["frontend-api/api/url"], json={"query": query}, headers=headers)
    found = answer.json()
    return found if isinstance(found, dict) else {"errors": [found]}


if __name__ == "__main__":
    end(main)
