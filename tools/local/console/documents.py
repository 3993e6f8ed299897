"""The JSON documents of the cloud's own part of the console's API, as types (README.md)."""

from typing import Literal, TypedDict


class Link(TypedDict):
    """An address outside the console."""

    text: str
    address: str


class About(TypedDict):
    """The pages that this cloud has, and what its project adds to the navigation."""

    pages: list[str]
    links: list[Link]


class Delivery(TypedDict):
    """What became of an event at one target of one rule."""

    rule: str
    target: str
    state: Literal["matched", "delivered", "retrying", "succeeded", "failed"]
    attempts: int
    reason: str


# Functional, since names of EventBridge's and SES's fields are no names of Python.
BusEvent = TypedDict(
    "BusEvent",
    {
        "version": str,
        "id": str,
        "source": str,
        "account": str,
        "region": str,
        "detail-type": str,
        "time": str,
        "resources": list[str],
        "detail": object,
        "bus": str,
        "times": int,
        "deliveries": list[Delivery],
    },
)
Mail = TypedDict("Mail", {"id": str, "at": str, "from": str, "to": list[str], "subject": str, "text": str, "html": str})
