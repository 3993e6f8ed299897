"""Parsing a mail from a request to SES, and the conditions of a fault. Without a cloud."""

import base64
from typing import Any

import pytest

from tools.local.aws.ses.faults import Behaviour, Faults
from tools.local.aws.ses.messages import Mail, Refused, is_address, of_mime, of_request


def raw(text: str) -> str:
    return base64.b64encode(text.replace("\n", "\r\n").encode()).decode()


def test_given_recipients_replace_those_of_the_message() -> None:
    message = raw(
        "From: a@shop.example\nTo: Ann <ann@x.example>, bob@x.example\nCc: c@x.example\nBcc: d@x.example\n\nhi"
    )
    mail = of_mime(message)
    assert (mail.to, mail.cc, mail.bcc) == (("ann@x.example", "bob@x.example"), ("c@x.example",), ("d@x.example",))
    mail = of_mime(message, to=("e@x.example",))
    assert mail.recipients == ("e@x.example",)
    assert of_mime(message, "b@shop.example").sender == "b@shop.example"


def test_a_body_in_an_unknown_charset_is_decoded_with_replacements() -> None:
    head = "From: a@shop.example\nTo: b@x.example\nX-Own: kept\nContent-Type: text/plain; charset=x-none\n\n"
    mail = of_mime(raw(f"{head}hello"))
    assert mail.text.strip() == "hello"
    assert mail.headers["X-Own"] == "kept"
    assert "From" not in mail.headers


@pytest.mark.parametrize("encoded", ["", "%%%", raw(" \n")])
def test_an_invalid_message_is_refused(encoded: str) -> None:
    with pytest.raises(Refused):
        of_mime(encoded)


def test_simple_content_has_its_headers_and_attachments() -> None:
    simple: dict[str, Any] = {"Subject": {"Data": "s"}, "Body": {"Html": {"Data": "<p>h</p>"}}}
    simple |= {"Headers": [{"Name": "X-Own", "Value": "1"}], "Attachments": [{"FileName": "a.pdf", "RawContent": ""}]}
    requested = {"FromEmailAddress": "a@x.example", "ReplyToAddresses": ["r@x.example"], "Content": {"Simple": simple}}
    mail = of_request({**requested, "Destination": {"BccAddresses": ["b@x.example"]}})
    assert (mail.html, mail.text, mail.reply_to, mail.bcc) == ("<p>h</p>", "", ("r@x.example",), ("b@x.example",))
    assert (mail.headers, mail.attachments) == ({"X-Own": "1"}, ("a.pdf",))
    with pytest.raises(Refused, match="text or an html"):
        of_request({**requested, "Content": {"Simple": {**simple, "Body": {}}}})


@pytest.mark.parametrize(
    "mail",
    [
        Mail("", ("b@x.example",)),
        Mail("a@x.example"),
        Mail("a@x.example", tuple(f"b{number}@x.example" for number in range(20)) * 2, ("c@x.example",) * 11),
        Mail("a@x.example", ("b",)),
        Mail("a@x.example", ("b@x.example",), reply_to=("c",)),
        Mail("a@x.example", ("b@x.example",), subject="s\nBcc: c@x.example"),
        Mail("a@x.example", ("b@x.example",), headers={"X-Own": "1\r\nBcc: c@x.example"}),
    ],
)
def test_mails_that_are_always_refused(mail: Mail) -> None:
    with pytest.raises(Refused):
        mail.check()


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("a@b", True),
        ("Ann <a@b.example>", True),
        ('"Ann, of <x@y>" <a@b.example>', True),
        ("a", False),
        ("@b", False),
        ("a@", False),
        ("ä@b.example", False),
        ("a@b, c@d", False),
        ("a@b <c@d>", False),
        ("<a@b> <c@d>", False),
        ("a@b@c", False),
    ],
)
def test_valid_and_invalid_addresses(value: str, is_one: bool) -> None:
    assert is_address(value) is is_one


def test_faults_are_limited_in_number_and_time() -> None:
    now = [0.0]
    faults = Faults(lambda: now[0])
    assert faults.next(["ann@x.example"]) is Behaviour.NONE
    faults.set({"behaviour": "ERROR", "to": "Ann@x.example", "times": 2, "seconds": 10})
    faults.set({"behaviour": "THROTTLE", "seconds": 5})
    assert faults.next(["bob@x.example", "Ann <ANN@x.example>"]) is Behaviour.ERROR
    assert faults.next(["bob@x.example"]) is Behaviour.THROTTLE
    assert faults.next(["ann@x.example"]) is Behaviour.ERROR
    assert faults.next(["ann@x.example"]) is Behaviour.THROTTLE, "both times are used up"
    now[0] = 5
    assert faults.next(["ann@x.example"]) is Behaviour.NONE
    assert faults.active() == []


def test_none_ends_the_fault_of_one_address_only() -> None:
    faults = Faults(lambda: 0)
    faults.set({"behaviour": "CUT_AFTER"})
    faults.set({"behaviour": "ERROR", "to": "ann@x.example"})
    faults.set({"behaviour": "NONE", "to": "ann@x.example"})
    assert faults.next(["ann@x.example"]) is Behaviour.CUT_AFTER
    faults.set({"behaviour": "NONE"})
    assert faults.next(["ann@x.example"]) is Behaviour.NONE
