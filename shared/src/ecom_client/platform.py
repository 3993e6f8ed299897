"""The platform as its clients see it: parameters, signed REST, GraphQL, events. The same on AWS and locally.

Locally, `. .local/env` first (or run through `make`, which does it).
"""

import json
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from ecom_client import made
from ecom_client.polling import poll

CATCHES = "catch-"  # the names of rules and queues that catch events begin with it
HTTP = urllib3.PoolManager(maxsize=64, retries=False, timeout=urllib3.Timeout(connect=5, read=30))


# The variable with the services, separated by commas, that an environment does not have yet (ecom_testkit).
NOT_DEPLOYED = "ECOM_NOT_DEPLOYED"


class NotDeployed(LookupError):
    """A parameter of a service does not exist in this environment."""

    def __init__(self, service: str, name: str) -> None:
        super().__init__(f"{name} does not exist: is {service} deployed?")
        self.service = service


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def send(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    """A plain request. A body that is not bytes is sent as JSON."""
    payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    if payload:
        made.sent(payload.decode(errors="replace"))
    sent = {"Content-Type": "application/json", **(headers or {})}
    answer = HTTP.request(method, url, body=payload, headers=sent, redirect=False)
    try:
        parsed = json.loads(answer.data) if answer.data else None
    except ValueError:
        parsed = answer.data.decode(errors="replace")
    return Answer(answer.status, parsed, dict(answer.headers))


@dataclass(frozen=True)
class Platform:
    """One environment, named by ECOM_ENVIRONMENT. Locally the endpoint is explicit: no test can stray to AWS."""

    environment: str
    endpoint: str | None
    region: str

    @classmethod
    def from_environment(cls) -> "Platform":
        name = os.environ.get("ECOM_ENVIRONMENT", "local")
        endpoint = os.environ.get("AWS_ENDPOINT_URL")
        if name == "local" and not endpoint:
            raise RuntimeError("no local cloud in sight: `make up`, then `. .local/env`")
        return cls(name, endpoint, os.environ["AWS_REGION"])

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        """A client of the administrator, or of a session's principal."""
        return _client(self, session or _administrator(self.region, os.environ.get("AWS_ACCESS_KEY_ID")), service)

    def parameter(self, path: str) -> str:
        """The value of `/ecommerce/{environment}/{path}`."""
        return _parameter(self, path)

    def signed(
        self,
        method: str,
        url: str,
        body: Any = None,
        credentials: Credentials | None = None,
        service: str = "execute-api",
    ) -> Answer:
        """A request signed by the administrator, or by the given credentials."""
        payload = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = AWSRequest(method=method, url=url, data=payload, headers={"Content-Type": "application/json"})
        found = credentials or _administrator(self.region, os.environ.get("AWS_ACCESS_KEY_ID")).get_credentials()
        assert found is not None
        SigV4Auth(found, service, self.region).add_auth(request)
        return send(method, url, payload, dict(request.headers))

    def graphql(self, query: str, variables: Mapping[str, Any] | None = None, token: str = "", key: str = "") -> Answer:
        """A GraphQL request with a token, else with an API key, else with nothing."""
        headers = {"Authorization": token} if token else {"x-api-key": key} if key else {}
        url = self.parameter("frontend-api/api/url")
        return send("POST", url, {"query": query, "variables": variables or {}}, headers)

    def put_events(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Put events of any source on the bus, in order, with the administrator's rights."""
        client, bus = self.client("events"), self.parameter("platform/event-bus/name")
        for event in events:
            _by_hand.add(_said(event))
            for name in (*event["resources"], *_ids_in(event["detail"])):
                made.made(name)
            entry = {
                "EventBusName": bus,
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Resources": event["resources"],
                "Detail": json.dumps(event["detail"]),
            }
            assert client.put_events(Entries=[entry])["FailedEntryCount"] == 0

    @contextmanager
    def events(self, *sources: str) -> Iterator["CapturedEvents"]:
        """Catch the events of some sources while the block runs, through a rule and a queue of their own."""
        name = f"{CATCHES}{uuid.uuid4().hex[:12]}"
        events, sqs = self.client("events"), self.client("sqs")
        bus = self.parameter("platform/event-bus/name")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": list(sources)})
        rule = events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)["RuleArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        try:
            yield CapturedEvents(sqs, url)
        finally:
            events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
            events.delete_rule(Name=name, EventBusName=bus)
            sqs.delete_queue(QueueUrl=url)


def manual_event(service: str, detail_type: str, order_id: str, **detail: Any) -> dict[str, Any]:
    """An event about an order, as an older producer would send it: without metadata."""
    return {
        "source": f"ecommerce.{service}",
        "detail-type": detail_type,
        "resources": [order_id],
        "detail": {"orderId": order_id, **detail},
    }


# What this process put on the bus: tests may put there what no service would.
_by_hand: set[str] = set()


def is_written_manually(event: Mapping[str, Any]) -> bool:
    """Whether the event is one that `put_events` of this process put on the bus."""
    return _said(event) in _by_hand


def _ids_in(detail: Mapping[str, Any]) -> list[str]:
    """The thing that the event is about, where its resources do not say so, and the event's own id."""
    metadata = detail.get("metadata")
    found = [detail.get("orderId"), metadata.get("eventId") if isinstance(metadata, Mapping) else None]
    return [each for each in found if isinstance(each, str)]


def _said(event: Mapping[str, Any]) -> str:
    content = [event["source"], event["detail-type"], list(event["resources"]), event["detail"]]
    return json.dumps(content, sort_keys=True)


# Clients may be shared by threads, and making one takes longer than most requests; making them is not for many threads.
_making = Lock()


@cache
def _administrator(region: str, key: str | None) -> boto3.Session:  # noqa: ARG001 - the key tells clouds apart
    """A session of the principal whose key is in the environment."""
    return boto3.Session(region_name=region)


def _client(platform: Platform, session: boto3.Session, service: str) -> Any:
    with _making:
        return _made(platform, session, service)


@cache
def _made(platform: Platform, session: boto3.Session, service: str) -> Any:
    many = Config(max_pool_connections=64)
    client = session.client(service, endpoint_url=platform.endpoint, config=many)  # type: ignore[call-overload]  # the stubs know literal names only
    client.meta.events.register("before-parameter-build", lambda params, **_: made.sent(repr(params)))
    return client


@cache
def _parameter(platform: Platform, path: str) -> str:
    name = f"/ecommerce/{platform.environment}/{path}"
    ssm = platform.client("ssm")
    try:
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        raise NotDeployed(path.partition("/")[0], name) from None


@dataclass
class CapturedEvents:
    """Events in the order in which they were received."""

    sqs: Any
    url: str
    seen: list[dict[str, Any]] = field(default_factory=list)

    def receive(self) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        for message in answer.get("Messages", []):
            self.seen.append(json.loads(message["Body"]))
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return self.seen

    def about(self, resource: str, detail_type: str = "") -> list[dict[str, Any]]:
        """What was caught so far about a resource."""
        return [
            event
            for event in self.receive()
            if resource in event["resources"] and detail_type in ("", event["detail-type"])
        ]

    def wait_for(self, resource: str, detail_type: str, seconds: float = 30) -> dict[str, Any]:
        """The first such event, once it is there."""
        found = poll(lambda: self.about(resource, detail_type), seconds=seconds, what=f"{detail_type} about {resource}")
        return found[0]
