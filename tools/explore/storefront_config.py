"""`make config FORMAT=json|env|amplify`: what a storefront's page must know about an environment.

The values are SSM parameters of the deployed services. None of them is a secret: a page shows them to everybody.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecom.money import decimals_of
from tools.project.aws import Target, readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

PARAMETERS = {
    "apiUrl": "frontend-api/api/url",
    "apiKey": "frontend-api/api/key",
    "userPoolId": "users/user-pool/id",
    "storefrontClientId": "users/storefront-client/id",
    "paymentUrl": "payment-3p/api/url",
    "cartUrl": "cart/api/url",
    "returnsUrl": "returns/api/url",
    "cdnUrl": "pictures/cdn/url",
    "currency": "platform/currency",
}
LABELS = {
    "apiUrl": "GraphQL",
    "apiKey": "API key",
    "region": "region",
    "userPoolId": "user pool",
    "storefrontClientId": "app client",
    "cognitoUrl": "Cognito",
    "paymentUrl": "payment",
    "cartUrl": "checkout",
    "returnsUrl": "returns",
    "cdnUrl": "pictures",
    "currency": "currency",
    "currencyDecimals": "decimals",
}


@dataclass(frozen=True)
class StorefrontConfig:
    """The values of one environment, named as in the JSON format."""

    apiUrl: str  # noqa: N815 - names of the JSON format
    apiKey: str  # noqa: N815
    region: str
    userPoolId: str  # noqa: N815
    storefrontClientId: str  # noqa: N815
    cognitoUrl: str  # noqa: N815
    paymentUrl: str  # noqa: N815
    cartUrl: str  # noqa: N815
    returnsUrl: str  # noqa: N815
    cdnUrl: str  # noqa: N815
    currency: str
    currencyDecimals: int  # noqa: N815 - a name of the JSON format

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    def as_env(self) -> str:
        """Shell text, also for tools that read `.env` files."""
        return "".join(f"{_upper(name)}={shlex.quote(str(value))}\n" for name, value in asdict(self).items())

    def as_amplify(self, *, local: bool) -> str:
        """The argument of `Amplify.configure` of aws-amplify 6."""
        cognito: dict[str, Any] = {"userPoolId": self.userPoolId, "userPoolClientId": self.storefrontClientId}
        if local:  # on AWS, Amplify derives the endpoint from the pool
            cognito["userPoolEndpoint"] = self.cognitoUrl
        graphql = {
            "endpoint": self.apiUrl,
            "region": self.region,
            "defaultAuthMode": "apiKey",
            "apiKey": self.apiKey,
        }
        urls = {"payment": self.paymentUrl, "cart": self.cartUrl, "returns": self.returnsUrl}
        rest = {name: {"endpoint": url, "region": self.region} for name, url in urls.items()}
        document = {"API": {"GraphQL": graphql, "REST": rest}, "Auth": {"Cognito": cognito}}
        return json.dumps(document, indent=2) + "\n"

    def as_lines(self) -> str:
        """For people: the summary of `make up` and `make status`."""
        return "".join(f"  {LABELS[name]:<10} {value}\n" for name, value in asdict(self).items())


def _upper(name: str) -> str:
    return "ECOM_" + "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)


def storefront_config(place: Target) -> StorefrontConfig:
    """Read the values of an environment. Raises a Problem that names the services that are not deployed."""
    prefix = f"/ecommerce/{place.environment.name}/"
    found = place.parameters([prefix + path for path in PARAMETERS.values()])
    missing = sorted({path.split("/")[0] for path in PARAMETERS.values() if prefix + path not in found})
    if missing:
        commands = ", ".join(place.environment.command("deploy", service) for service in missing)
        raise Problem(f"not deployed to {place.environment.name}: {', '.join(missing)}; run {commands}")
    values = {name: found[prefix + path] for name, path in PARAMETERS.items()}
    return StorefrontConfig(
        **values,
        # Browsers have other numbers for some currencies: none for HUF.
        currencyDecimals=decimals_of(values["currency"]),
        region=place.environment.region,
        cognitoUrl=place.client("cognito-idp").meta.endpoint_url,
    )


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="make config", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("json", "env", "amplify"), default="json", help="make: FORMAT=")
    asked = parser.parse_args(argv)
    try:
        environment = chosen()
        with readable(environment):
            config = storefront_config(target(environment))
    except Problem as problem:
        sys.stderr.write(f"config: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    formats = {"json": config.as_json, "env": config.as_env}
    if asked.format in formats:
        sys.stdout.write(formats[asked.format]())
    else:
        sys.stdout.write(config.as_amplify(local=environment.is_local))
    return 0


if __name__ == "__main__":
    end(main)
