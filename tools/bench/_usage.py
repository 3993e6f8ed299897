"""The requests that the local cloud counted while a block ran."""

import json
from typing import Any

import urllib3

from tools.local.client import Cloud
from tools.local.usage import PATH

Row = dict[str, Any]


class Usage:
    """`with Usage(cloud) as usage: ...`; afterwards it has the rows of usage."""

    def __init__(self, cloud: Cloud) -> None:
        self._url = f"{cloud.endpoint}{PATH}"
        self.rows: list[Row] = []

    def __enter__(self) -> "Usage":
        urllib3.request("POST", self._url)
        return self

    def __exit__(self, *_: object) -> None:
        self.read()

    def read(self) -> None:
        """Take the counts up to now."""
        self.rows = json.loads(urllib3.request("GET", self._url).data)["usage"]

    def by_caller(self, service: str, what: str) -> dict[str, float]:
        """Caller, without the prefix of its name -> amount."""
        found: dict[str, float] = {}
        for row in self.rows:
            if (row["service"], row["what"]) == (service, what):
                name = row["caller"].removeprefix("ecommerce-local-")
                found[name] = found.get(name, 0.0) + row["amount"]
        return found

    def total(self, service: str, what: str = "requests", *, operation: str = "", callers: str = "") -> float:
        return float(
            sum(
                row["amount"]
                for row in self.rows
                if (row["service"], row["what"]) == (service, what)
                and operation in ("", row["operation"])
                and row["caller"].startswith(callers)
            )
        )
