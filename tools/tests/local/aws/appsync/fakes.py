"""A fake cloud of plain values for the data plane, and valid and forged tokens of its pools."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.execution import Executor, Query
from tools.local.aws.appsync.model import (
    Answer,
    Api,
    DataSource,
    Mode,
    Provider,
    Request,
    Resolver,
    SignatureRefused,
    UserPool,
)
from tools.tests.local.aws.appsync.shop import CODE

POOL = UserPool("us-east-1_shop", "us-east-1")
OTHER_POOL = UserPool("us-east-1_other", "us-east-1")
CLIENT, KID = "storefront", "kid-1"
NOW = 1_800_000_000.0

KEY, USER, IAM = Provider(Mode.API_KEY), Provider(Mode.USER_POOL, POOL), Provider(Mode.IAM)
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:shop:live"
NOTHING = DataSource("nothing", "NONE")
SOURCE = DataSource("shop", "AWS_LAMBDA", "arn:aws:iam::000000000000:role/shop", FUNCTION)


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """One key per name, created once, since creating a key is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encode(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a valid access token. A change to None removes the claim."""
    good = {
        "sub": "user-1",
        "iss": POOL.issuer,
        "token_use": "access",
        "client_id": CLIENT,
        "username": "ann",
        "iat": NOW - 10,
        "exp": NOW + 3600,
        **changes,
    }
    return {name: value for name, value in good.items() if value is not None}


def token(body: Mapping[str, Any], key: str = "pool", header: Mapping[str, Any] | None = None) -> str:
    text = f"{encode({'alg': 'RS256', 'kid': KID, **(header or {})})}.{encode(body)}"
    return f"{text}.{encode(private_key(key).sign(text.encode(), PKCS1v15(), SHA256()))}"


@dataclass
class FakeSigner:
    allowed: frozenset[str]
    identity: Mapping[str, Any] = field(default_factory=lambda: {"userArn": "arn:aws:iam::000000000000:user/m"})

    def may(self, action: str, resource: str) -> bool:
        return action == "appsync:GraphQL" and resource.partition("/types/")[2] in self.allowed


Function = Callable[[Any], Awaitable[Answer]]


@dataclass
class FakeCloud:
    """A fake of `tools.local.aws.appsync.model.Cloud`."""

    function: Function
    refusal: str | None = None
    clients: frozenset[str] = frozenset({CLIENT})
    signed_by: FakeSigner | None = None
    events: list[Any] = field(default_factory=list)
    apis: dict[str, Api] = field(default_factory=dict)
    entries: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def api(self, api_id: str) -> Api | None:
        return self.apis.get(api_id)

    def cache(self, api: Api) -> dict[str, tuple[float, Any]]:
        return self.entries

    def pool_keys(self, pool_id: str) -> Mapping[str, rsa.RSAPublicKey]:
        return {KID: private_key("pool").public_key()} if pool_id == POOL.pool_id else {}

    def pool_clients(self, pool_id: str) -> frozenset[str]:
        return self.clients if pool_id == POOL.pool_id else frozenset()

    def signer(self, request: Request, api: Api) -> FakeSigner:
        if self.signed_by is None:
            raise SignatureRefused(
                "UnrecognizedClientException", "The security token included in the request is invalid."
            )
        return self.signed_by

    def role_refusal(self, role_arn: str | None, action: str, resource: str) -> str | None:
        assert (action, resource) == ("lambda:InvokeFunction", FUNCTION)
        return self.refusal

    async def invoke(self, api: Api, function_arn: str, payload: Any) -> Answer:
        assert function_arn == FUNCTION
        self.events.append(payload)
        return await self.function(payload)


async def no_answer(_payload: Any) -> Answer:
    return Answer(None)


def cloud(function: Function = no_answer, **options: Any) -> FakeCloud:
    return FakeCloud(function, **options)


def api(
    schema: str, *fields: str, default: Provider = KEY, extra: tuple[Provider, ...] = (USER, IAM), **more: Any
) -> Api:
    """An API with a resolver that uses invoke.js for each of `fields`, `Query.open`."""
    names = [name.partition(".") for name in fields]
    resolvers = [
        Resolver(type_name, field_name, SOURCE.name, runtime="APPSYNC_JS", code=CODE)
        for type_name, _, field_name in names
    ]
    made = Api(
        api_id="api",
        arn="arn:aws:appsync:us-east-1:000000000000:apis/api",
        account="000000000000",
        region="us-east-1",
        default=default,
        additional=extra,
        keys={"da2-good": NOW + 60, "da2-old": NOW - 60},
        schema=schema,
        resolvers={(one.type_name, one.field_name): one for one in resolvers},
        data_sources={SOURCE.name: SOURCE},
    )
    return replace(made, **more)


def request(headers: Mapping[str, str] | None = None, **more: Any) -> Request:
    made = Request("POST", "/v1/apis/api/graphql", {}, dict(headers or {}), [], b"", "127.0.0.1")
    return replace(made, **more)


BY_KEY = Caller(Mode.API_KEY, None)


def by_user(*groups: str) -> Caller:
    return Caller(Mode.USER_POOL, {"sub": "user-1", "groups": list(groups)}, frozenset(groups))


def by_machine(*fields: str) -> Caller:
    signer = FakeSigner(frozenset(fields))
    return Caller(Mode.IAM, signer.identity, signer=signer)


def ask(
    text: str,
    of: Api,
    fake: FakeCloud | None = None,
    caller: Caller = BY_KEY,
    variables: Mapping[str, Any] | None = None,
    name: str | None = None,
) -> dict[str, Any]:
    """Run one query to its end."""
    query = Query(text, variables or {}, name)
    return asyncio.run(Executor(fake or cloud()).run(query, of, caller, request()))
