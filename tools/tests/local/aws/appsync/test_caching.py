"""The cache for each resolver: which requests it answers, for how long, and what is refused."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from tools.local.aws.appsync import UnsupportedResolver, supported
from tools.local.aws.appsync.authentication import Caller
from tools.local.aws.appsync.execution import Executor, Query
from tools.local.aws.appsync.model import Answer, Resolver
from tools.local.client import Cloud
from tools.tests.local.aws.appsync.fakes import BY_KEY, NOW, SOURCE, FakeCloud, api, by_user, cloud, request
from tools.tests.local.aws.appsync.shop import BATCH, CODE, SCHEMA, TEMPLATE, Shop
from tools.tests.local.aws.appsync.test_stacks import failing
from tools.tests.local.stacks import deployed

FIELDS = """
type Query { page(token: String, size: Int): Int! @aws_api_key @aws_cognito_user_pools
             mine: Int! @aws_cognito_user_pools }
type Mutation { change: Int! }
"""


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


def counting() -> FakeCloud:
    """A function that answers each call with another number."""
    numbers = itertools.count(1)

    async def function(_payload: Any) -> Answer:
        return Answer(next(numbers))

    return cloud(function)


def made(*keys: str, seconds: int = 60, has_cache: bool = True) -> Any:
    resolvers = [
        Resolver(kind, name, SOURCE.name, runtime="APPSYNC_JS", code=CODE, **more)
        for kind, name, more in (
            ("Query", "page", {"is_cached": bool(seconds), "cache_seconds": seconds, "cache_keys": keys}),
            ("Query", "mine", {"is_cached": True, "cache_seconds": 60}),
            ("Mutation", "change", {"is_cached": True, "cache_seconds": 60}),
        )
    ]
    return api(FIELDS, resolvers={(one.type_name, one.field_name): one for one in resolvers}, has_cache=has_cache)


class Client:
    def __init__(self, of: Any, fake: FakeCloud | None = None) -> None:
        self.api, self.clock = of, Clock()
        self.executor = Executor(fake or counting(), clock=self.clock)

    def ask(self, text: str, caller: Caller = BY_KEY) -> Any:
        answer = asyncio.run(self.executor.run(Query(text, {}, None), self.api, caller, request()))
        return answer["data"] if "errors" not in answer else answer["errors"][0]["errorType"]


def test_equal_requests_are_answered_from_the_cache_until_the_ttl_ends() -> None:
    client = Client(made("$context.arguments"))
    assert [client.ask("{ page }") for _ in range(2)] == [{"page": 1}] * 2
    client.clock.now += 59
    assert client.ask("{ page }") == {"page": 1}
    client.clock.now += 1
    assert client.ask("{ page }") == {"page": 2}


def test_other_arguments_have_another_entry() -> None:
    client = Client(made("$context.arguments"))
    queries = ('{ page(token: "a") }', '{ page(token: "b") }', '{ page(token: "a", size: 5) }', '{ page(token: "a") }')
    assert [client.ask(text)["page"] for text in queries] == [1, 2, 3, 1]


def test_only_the_given_keys_count() -> None:
    client = Client(made("$context.arguments.token"))
    queries = ('{ page(token: "a") }', '{ page(token: "a", size: 5) }', "{ page(size: 1) }", "{ page }")
    assert [client.ask(text)["page"] for text in queries] == [1, 1, 2, 2]


def test_users_share_an_entry_only_if_keys_leave_their_identity_out() -> None:
    shared, own = Client(made("$context.arguments")), Client(made())
    assert [shared.ask("{ page }", caller)["page"] for caller in (BY_KEY, by_user())] == [1, 1]
    assert [own.ask("{ page }", caller)["page"] for caller in (BY_KEY, by_user())] == [1, 2]


def test_a_caller_who_may_not_use_the_field_gets_nothing_from_the_cache() -> None:
    client = Client(made())
    assert client.ask("{ mine }", by_user()) == {"mine": 1}
    assert client.ask("{ mine }") == "Unauthorized"


def test_without_a_cache_or_a_configuration_each_request_is_resolved() -> None:
    for of in (made("$context.arguments", has_cache=False), made(seconds=0)):
        client = Client(of)
        assert [client.ask("{ page }")["page"] for _ in range(2)] == [1, 2]


def test_mutations_are_not_cached() -> None:
    client = Client(made())
    assert [client.ask("mutation { change }")["change"] for _ in range(2)] == [1, 2]


def test_errors_are_not_cached() -> None:
    answers = iter([Answer({"error": {"type": "TRY_AGAIN", "message": "No."}}), Answer(7)])

    async def function(_payload: Any) -> Answer:
        return next(answers)

    client = Client(made("$context.arguments"), cloud(function))
    assert [client.ask("{ page }") for _ in range(3)] == ["TRY_AGAIN", {"page": 7}, {"page": 7}]


def test_expired_entries_are_deleted() -> None:
    fake = counting()
    client = Client(made("$context.arguments"), fake)
    for number in range(5):
        client.ask(f"{{ page(size: {number}) }}")
    client.clock.now += 60
    client.ask("{ page }")
    assert len(fake.entries) == 1


# --- deployed by CloudFormation ---
ECHO = "      FieldName: echo\n"
CACHED = ECHO + "      CachingConfig: { Ttl: 3600, CachingKeys: [$context.arguments] }\n"
CACHE = """
  Cache:
    Type: AWS::AppSync::ApiCache
    Properties: { ApiId: !GetAtt Api.ApiId, ApiCachingBehavior: PER_RESOLVER_CACHING, Type: SMALL, Ttl: 60 }
"""


def with_cache(config: str = CACHED, cache: str = CACHE) -> str:
    assert ECHO in TEMPLATE
    return TEMPLATE.replace(ECHO, config).replace("\nOutputs:", f"{cache}\nOutputs:")


def echoed(shop: Shop, sent: str) -> str:
    """Ask with a correlation id, and return the one that the function got."""
    body = json.dumps({"query": '{ echo(word: "w") }'}).encode()
    answer = shop.post(body, {"x-api-key": shop.key, "x-correlation-id": sent}).json
    return str(json.loads(answer["data"]["echo"])["request"]["headers"]["x-correlation-id"])


def test_a_stack_switches_the_cache_on_and_off(cloud: Cloud) -> None:
    given = {"Schema": SCHEMA, "Code": CODE}
    with deployed(cloud, f"shop-{uuid.uuid4().hex[:8]}", with_cache(), **given) as stack:
        shop, appsync = Shop(cloud, stack), cloud.client("appsync")
        assert [echoed(shop, sent) for sent in ("a", "b")] == ["a", "a"]
        appsync.flush_api_cache(apiId=shop.out["ApiId"])
        assert [echoed(shop, sent) for sent in ("c", "d")] == ["c", "c"]
        assert stack.deploy(TEMPLATE, **given) == "UPDATE_COMPLETE"
        assert [echoed(shop, sent) for sent in ("e", "f")] == ["e", "f"]
        assert stack.deploy(with_cache(), **given) == "UPDATE_COMPLETE"
        assert [echoed(shop, sent) for sent in ("g", "h")] == ["g", "g"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (with_cache(cache=CACHE.replace("PER_RESOLVER_CACHING", "FULL_REQUEST_CACHING")), "PER_RESOLVER_CACHING only"),
        (with_cache(CACHED.replace("3600", "3601")), "from 1 to 3600 seconds"),
        (with_cache(CACHED.replace("$context.arguments", "$ctx.args")), "is not a caching key"),
    ],
    ids=["full request", "ttl", "key"],
)
def test_what_would_not_be_cached_is_refused(cloud: Cloud, body: str, reason: str) -> None:
    assert any(reason in text for text in failing(cloud, body).values())


def test_a_batched_resolver_is_not_cached_here() -> None:
    batched = Resolver(
        "Query",
        "page",
        SOURCE.name,
        runtime="APPSYNC_JS",
        code=BATCH,
        max_batch_size=5,
        is_cached=True,
        cache_seconds=60,
    )
    with pytest.raises(UnsupportedResolver, match="does not cache resolvers with MaxBatchSize"):
        supported(batched, "AWS_LAMBDA")
