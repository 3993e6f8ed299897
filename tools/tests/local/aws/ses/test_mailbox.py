"""The mailbox: pages, JSON, access, retention; and `make mail`."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from ecom_client.polling import PollTimeout
from tools.local import lifecycle
from tools.local.aws.ses import page
from tools.local.client import Cloud, start_temporary
from tools.operate.mail import main
from tools.tests.local.aws.ses.sending import box_of, identity, simple
from tools.tests.local.http import Answer, call
from tools.tests.local.saved import wait_saved
from tools.tests.local.stacks import Stack, template

ANN, BOB = "ann@people.example", "bob@people.example"
NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A cloud with three mails, of which the middle one is hostile."""
    with start_temporary(tmp_path_factory.mktemp("mailbox")) as cloud, identity(cloud, "mail", "shop.example"):
        sesv2 = cloud.client("sesv2")
        sesv2.send_email(**simple(ANN, text="order o-1"))
        both = {"Text": {"Data": NASTY}, "Html": {"Data": f"<b>rich</b>{NASTY}"}}
        content = {"Simple": {"Subject": {"Data": NASTY}, "Body": both}}
        sesv2.send_email(**{**simple(BOB, f'"{NASTY}" <x@shop.example>'), "Content": content})
        sesv2.send_email(**simple(ANN, text="order o-2"))
        yield cloud


def look(cloud: Cloud, path: str = "", method: str = "GET", **headers: str) -> Answer:
    return call(f"{cloud.endpoint}{page.PATH}{path}", method, headers=headers)


def links(answer: Answer) -> list[str]:
    return re.findall(rf'<td><a href="{page.PATH}([^"]+)"', answer.body.decode())


def test_the_page_lists_the_newest_first_and_filters(filled: Cloud) -> None:
    everything = look(filled)
    assert everything.headers["content-type"] == "text/html; charset=utf-8"
    assert len(links(everything)) == 3
    of_ann = links(look(filled, f"?to={ANN.upper()}"))
    assert [look(filled, f"{link}.json").json["text"] for link in of_ann] == ["order o-2", "order o-1"]
    assert links(look(filled, "?about=o-1")) == of_ann[1:]
    assert len(links(look(filled, "?limit=2"))) == 2
    assert b"No mail yet" in look(filled, "?to=nobody@people.example").body


def test_the_text_of_a_mail_is_escaped_and_its_html_is_sandboxed(filled: Cloud) -> None:
    """Text is escaped everywhere. HTML has its own frame, without scripts and external content."""
    (link,) = links(look(filled, f"?to={BOB}"))
    for shown in (look(filled), look(filled, link), look(filled, f"?to={NASTY}&about={NASTY}".replace("<", "%3C"))):
        assert shown.status == 200
        assert b"<script" not in shown.body
        assert "script-src" not in shown.headers["content-security-policy"]
        assert "default-src 'none'" in shown.headers["content-security-policy"]
    whole = look(filled, link).body.decode()
    assert "&lt;script&gt;" in whole
    assert f'<iframe sandbox title="the mail as HTML" src="{page.PATH}{link}/html">' in whole
    html = look(filled, f"{link}/html")
    assert html.body.decode() == f"<b>rich</b>{NASTY}"
    assert html.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "allow-scripts" not in html.headers["content-security-policy"]
    assert html.headers["x-content-type-options"] == "nosniff"


def test_programs_get_json(filled: Cloud) -> None:
    by_header = look(filled, Accept="application/json")
    assert by_header.headers["content-type"].startswith("application/json")
    assert by_header.json == look(filled, ".json").json
    newest = by_header.json["mails"][0]
    assert (newest["to"], newest["text"], newest["from"]) == ([ANN], "order o-2", "orders@shop.example")
    assert look(filled, f"/{newest['id']}", Accept="application/json").json == newest
    assert look(filled, "/none").status == 404
    for limit in ("0", "-1", "x", "9" * 5000):
        assert look(filled, f".json?limit={limit}").status == 400
    assert look(filled, method="POST").status == 405
    assert look(filled, method="HEAD").body == b""


def test_a_page_of_another_site_may_neither_read_nor_set_faults(filled: Cloud) -> None:
    """A host name of another site that resolves to this machine, and requests that browsers send without permission."""
    for path in ("", ".json", "/faults"):
        assert look(filled, path, Host="evil.example:4566").status == 403
        for host in ("[", "[::1].evil.example", "evil.example@127.0.0.1", "127.0.0.1:80.evil.example", ""):
            assert look(filled, path, Host=host).status == 403, host
        assert "access-control-allow-origin" not in look(filled, path).headers
    for host in ("localhost:4566", "127.0.0.1", "[::1]:4566", "LOCALHOST"):
        assert look(filled, Host=host).status == 200, host
    body = b'{"behaviour": "ERROR"}'
    sent = call(f"{filled.endpoint}{page.PATH}/faults", "POST", body, {"content-type": "text/plain"})
    assert sent.status == 415
    assert box_of(filled).faults() == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{", "not JSON"),
        ("[]", "behaviour must be one of"),
        ('{"behaviour": "EXPLODE"}', "THROTTLE, ERROR, ERROR_AFTER, CUT_AFTER, NONE"),
        ('{"behaviour": "ERROR", "for": 3}', "unknown fields: for"),
        ('{"behaviour": "ERROR", "to": "nobody"}', "to must be an e-mail address"),
        ('{"behaviour": "ERROR", "times": 0}', "times must be an integer"),
        ('{"behaviour": "ERROR", "seconds": 4000}', "seconds must be an integer"),
    ],
)
def test_an_invalid_fault_is_refused_with_the_reason(filled: Cloud, body: str, expected: str) -> None:
    answer = call(f"{filled.endpoint}{page.PATH}/faults", "POST", body.encode())
    assert answer.status == 400
    assert expected in answer.message
    assert box_of(filled).faults() == []


def test_faults_can_be_removed_at_once(filled: Cloud) -> None:
    box = box_of(filled)
    box.script("ERROR", ANN, times=3)
    box.script("THROTTLE")
    assert [(fault["to"], fault["behaviour"], fault["times"]) for fault in box.faults()] == [
        (ANN, "ERROR", 3),
        ("", "THROTTLE", None),
    ]
    look(filled, "/faults", "DELETE")
    assert box.faults() == []


def test_waiting_in_tests_has_a_limit(filled: Cloud) -> None:
    box = box_of(filled)
    assert [mail.text for mail in box.wait_for(ANN, count=2)] == ["order o-1", "order o-2"]
    with pytest.raises(PollTimeout, match="3 mails to ann"):
        box.wait_for(ANN, count=3, seconds=0.1)


def test_the_invitation_of_a_user_is_a_mail_unless_it_is_suppressed(filled: Cloud) -> None:
    cognito, to, silent = filled.client("cognito-idp"), "new@people.example", "silent@people.example"
    pool = cognito.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]

    def create(email: str, **more: str) -> None:
        attributes = [{"Name": "email", "Value": email}]
        cognito.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, **more)

    create(silent, MessageAction="SUPPRESS")
    create(to)
    (mail,) = box_of(filled).mails(to)
    assert (mail.sender, mail.subject) == ("no-reply@verificationemail.com", "Your temporary password")
    assert box_of(filled).mails(silent) == []


def test_make_mail_is_readable(
    filled: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(filled.home.folder))
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert main(["--to", ANN]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[2] for line in lines[:2]] == [f"{ANN}  Your order"] * 2
    assert lines[-1] == f"in the browser: {filled.endpoint}{page.PATH}"
    assert main(["--about", "o-1"]) == 0
    assert "\n  from orders@shop.example\n\n  order o-1\n" in capsys.readouterr().out
    assert main(["--to", "nobody@people.example"]) == 0
    assert "no mail to nobody@people.example; `make mail` lists all" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("local", "mail: the local cloud is not running: `make up`"),
        ("dev", "mail: only the local cloud has a mailbox;"),
    ],
)
def test_make_mail_without_a_mailbox_is_one_line(
    environment: str,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ECOM_LOCAL_DIR", str(tmp_path))
    monkeypatch.setenv("ENVIRONMENT", environment)
    assert main([]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(expected)


def kill_and_start(cloud: Cloud) -> None:
    pid = cloud.home.running()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert lifecycle.wait_until(lambda: cloud.home.running() is None, 5)
    lifecycle.start(cloud.home)


def test_mails_and_identities_outlive_a_stop_and_a_kill(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        assert Stack(cloud, "mail").deploy(template("mail")) == "CREATE_COMPLETE"
        cloud.client("sesv2").send_email(**simple(ANN, text="before the stop"))
        box_of(cloud).script("ERROR", ANN)
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        assert box_of(cloud).faults() == [], "a cloud starts without faults"
        cloud.client("sesv2").send_email(**simple(ANN, text="before the kill"))
        wait_saved(cloud.home, "before the kill")
        kill_and_start(cloud)
        assert [mail.text for mail in box_of(cloud).mails(ANN)] == ["before the stop", "before the kill"]


def test_the_answer_of_another_cloud_is_one_readable_line(
    filled: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_arguments: object, **_options: object) -> urllib3.HTTPResponse:
        return urllib3.HTTPResponse(b"{}", status=404)

    monkeypatch.setenv("ECOM_LOCAL_DIR", str(filled.home.folder))
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    monkeypatch.setattr(urllib3, "request", missing)
    assert main([]) == 1
    assert "has no mailbox" in capsys.readouterr().err


def test_a_removed_mail_is_gone_after_a_kill_and_the_others_are_not(tmp_path: Path) -> None:
    """It is removed from between mails that are saved already."""
    with start_temporary(tmp_path) as cloud, identity(cloud, "mail", "shop.example"):
        box = box_of(cloud)
        for number in range(4):
            cloud.client("sesv2").send_email(**simple(ANN, text=f"order {number}"))
        wait_saved(cloud.home, "order 3")
        box.delete(next(mail.id for mail in box.mails(ANN) if mail.text == "order 1"))
        assert look(cloud, "/none", "DELETE").status == 404
        cloud.client("sesv2").send_email(**simple(ANN, text="order 4"))
        wait_saved(cloud.home, "order 4")
        kill_and_start(cloud)
        assert [mail.text for mail in box.mails(ANN)] == ["order 0", "order 2", "order 3", "order 4"]
