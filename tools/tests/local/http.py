"""Plain HTTP calls, signed or not, without a client library."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["message"])


def call(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    credentials: Credentials | None = None,
    service: str = "execute-api",
    region: str = "us-east-1",
) -> Answer:
    """Send one request; with credentials it is signed."""
    sent = dict(headers or {})
    if body is not None:
        sent.setdefault("content-type", "application/json")
    if credentials is not None:
        request = AWSRequest(method, url, data=body, headers=sent)
        SigV4Auth(credentials, service, region).add_auth(request)
        sent = dict(request.headers)
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=40)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()
