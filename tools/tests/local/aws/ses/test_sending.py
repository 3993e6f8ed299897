"""Sending mail: permissions, identities, refusals, and the content of the mailbox."""

import json
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from tools.local.client import Cloud
from tools.tests.local.aws.ses.sending import box_of, identity, identity_arn, may_send, sender_function, simple
from tools.tests.local.functions import invoke
from tools.tests.local.http import call


@pytest.fixture(scope="module", autouse=True)
def shop(cloud: Cloud) -> Iterator[None]:
    """The domain shop.example, created by CloudFormation, and the addresses of another, created by the API."""
    with identity(cloud, "mail-shop", "shop.example"):
        cloud.client("sesv2").create_email_identity(EmailIdentity="vip@special.example")
        yield


def recipient() -> str:
    return f"{uuid.uuid4().hex}@people.example"


def answer_of(cloud: Cloud, function: str, request: dict[str, Any]) -> str:
    problem, answer = invoke(cloud, function, {"client": "sesv2", "request": request})
    assert problem is None, answer
    return str(answer)


def code_of(cloud: Cloud, request: dict[str, Any]) -> str:
    """The refusal of the administrator's mail, who may do everything."""
    with pytest.raises(ClientError) as refused:
        cloud.client("sesv2").send_email(**request)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(refused.value.response["Error"]["Code"])


def test_an_allowed_function_sends_and_the_mailbox_has_the_mail(cloud: Cloud) -> None:
    to = recipient()
    function = sender_function(cloud, may_send(cloud, "shop.example"))
    identifier = answer_of(cloud, function, simple(to, "Shop <orders@shop.example>", "order o-1"))
    (mail,) = box_of(cloud).wait_for(to, "o-1")
    assert (mail.id, mail.to, mail.sender) == (identifier, (to,), "Shop <orders@shop.example>")
    assert (mail.subject, mail.text, mail.html) == ("Your order", "order o-1", "")
    assert box_of(cloud).mails(to, "o-2") == []


@pytest.mark.parametrize("named", ["other.example", "orders@shop.example", "example"])
def test_permission_for_another_identity_does_not_count(cloud: Cloud, named: str) -> None:
    to = recipient()
    function = sender_function(cloud, may_send(cloud, named))
    assert answer_of(cloud, function, simple(to)) == "AccessDeniedException"
    assert box_of(cloud).mails(to) == []


def test_without_permission_no_mail_is_sent(cloud: Cloud) -> None:
    to = recipient()
    assert answer_of(cloud, sender_function(cloud), simple(to)) == "AccessDeniedException"
    assert box_of(cloud).mails(to) == []


def test_an_address_with_an_identity_is_checked_by_that_identity(cloud: Cloud) -> None:
    """The identity of the address has precedence over that of its domain."""
    cloud.client("sesv2").create_email_identity(EmailIdentity="boss@shop.example")
    try:
        by_domain = sender_function(cloud, may_send(cloud, "shop.example"))
        by_address = sender_function(cloud, may_send(cloud, "boss@shop.example"))
        request = simple(recipient(), "boss@shop.example")
        assert answer_of(cloud, by_domain, request) == "AccessDeniedException"
        assert answer_of(cloud, by_address, request).endswith("-000000")
    finally:
        cloud.client("sesv2").delete_email_identity(EmailIdentity="boss@shop.example")


def test_a_policy_may_name_sender_and_recipients(cloud: Cloud) -> None:
    condition = {
        "StringEquals": {"ses:FromAddress": "orders@shop.example"},
        "ForAllValues:StringLike": {"ses:Recipients": "*@people.example"},
    }
    function = sender_function(cloud, may_send(cloud, "shop.example", condition=condition))
    assert answer_of(cloud, function, simple(recipient())).endswith("-000000")
    assert answer_of(cloud, function, simple(recipient(), "boss@shop.example")) == "AccessDeniedException"
    assert answer_of(cloud, function, simple("a@elsewhere.example")) == "AccessDeniedException"


def test_a_recipient_with_an_identity_needs_the_permission_too(cloud: Cloud) -> None:
    """As in the sandbox of SES, where each recipient has one."""
    cloud.client("sesv2").create_email_identity(EmailIdentity="ann@people.example")
    from_orders = {"StringEquals": {"ses:FromAddress": "orders@shop.example"}}
    try:
        by_sender = sender_function(cloud, may_send(cloud, "shop.example", condition=from_orders))
        by_any = sender_function(cloud, may_send(cloud, "*", condition=from_orders))
        request = simple("Ann <ann@people.example>")
        assert answer_of(cloud, by_sender, request) == "AccessDeniedException"
        assert answer_of(cloud, by_any, request).endswith("-000000")
        assert answer_of(cloud, by_any, simple("ann@people.example", "boss@shop.example")) == "AccessDeniedException"
    finally:
        cloud.client("sesv2").delete_email_identity(EmailIdentity="ann@people.example")


def test_raw_content_needs_its_own_permission(cloud: Cloud) -> None:
    message, to = EmailMessage(), recipient()
    message["From"], message["To"], message["Subject"] = "orders@shop.example", f"Ann <{to}>", "Grüße"
    message.set_content("plain")
    message.add_alternative("<b>rich</b>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    # The event is JSON; boto3 takes the text for bytes.
    request = {"Content": {"Raw": {"Data": message.as_string()}}}
    assert answer_of(cloud, sender_function(cloud, may_send(cloud, "shop.example")), request) == "AccessDeniedException"
    allowed = sender_function(cloud, may_send(cloud, "shop.example", "ses:SendRawEmail"))
    assert answer_of(cloud, allowed, request).endswith("-000000")
    (mail,) = box_of(cloud).wait_for(to)
    assert (mail.subject, mail.text.strip(), mail.html.strip()) == ("Grüße", "plain", "<b>rich</b>")
    assert (mail.attachments, mail.sender) == (("bill.pdf",), "orders@shop.example")


def test_the_older_api_sends_too(cloud: Cloud) -> None:
    function, to = sender_function(cloud, may_send(cloud, "shop.example")), recipient()
    message = {"Subject": {"Data": "Old"}, "Body": {"Text": {"Data": "way"}}}
    request = {"Source": "orders@shop.example", "Destination": {"ToAddresses": [to]}, "Message": message}
    assert invoke(cloud, function, {"client": "ses", "request": request})[1].endswith("-000000")
    (mail,) = box_of(cloud).wait_for(to)
    assert (mail.subject, mail.text) == ("Old", "way")
    foreign = sender_function(cloud, may_send(cloud, "other.example"))
    assert invoke(cloud, foreign, {"client": "ses", "request": request})[1] == "AccessDenied"
    raw = f"From: orders@shop.example\r\nTo: {to}\r\nSubject: raw\r\n\r\nold"
    cloud.client("ses").send_raw_email(RawMessage={"Data": raw.encode()})
    assert [mail.subject for mail in box_of(cloud).mails(to)] == ["Old", "raw"]


def test_a_sender_without_an_identity_is_rejected(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match=r"not verified.*US-EAST-1: nobody@unknown.example") as refused:
        cloud.client("sesv2").send_email(**simple(recipient(), "nobody@unknown.example"))
    assert refused.value.response["Error"]["Code"] == "MessageRejected"
    assert code_of(cloud, simple(recipient(), "other@special.example")) == "MessageRejected"
    cloud.client("sesv2").send_email(**simple(recipient(), "vip+label@special.example"))
    cloud.client("sesv2").send_email(**simple(recipient(), "news@mail.shop.example"))


def test_what_ses_refuses_is_refused(cloud: Cloud) -> None:
    many = [recipient() for _ in range(51)]
    to = many[0]
    assert code_of(cloud, {**simple(to), "Destination": {"ToAddresses": many}}) == "BadRequestException"
    assert code_of(cloud, {**simple(to), "Destination": {}}) == "BadRequestException"
    assert code_of(cloud, simple("nobody")) == "BadRequestException"
    assert code_of(cloud, simple(f"{to}\r\nBcc: spy@else.example")) == "BadRequestException"
    broken = simple(to)
    broken["Content"]["Simple"]["Subject"]["Data"] = "Hello\r\nBcc: spy@else.example"
    assert code_of(cloud, broken) == "BadRequestException"
    assert code_of(cloud, {**simple(to), "Content": {}}) == "BadRequestException"
    assert box_of(cloud).mails(to) == []
    cloud.client("sesv2").send_email(**{**simple(to), "Destination": {"ToAddresses": many[:50]}})
    assert len(box_of(cloud).mails(to)) == 1


def test_an_unknown_member_is_refused(cloud: Cloud) -> None:
    """boto3 refuses it. So does the cloud, for callers without boto3."""
    sesv2, to = cloud.client("sesv2"), recipient()
    with pytest.raises(ParamValidationError):
        sesv2.send_email(**simple(to), Priority="high")
    credentials = cloud.session().get_credentials()
    assert credentials is not None
    for body in (b'{"Content": {"Simple": {}}, "Priority": 1}', b"[]", b"{", b'{"Content": {"Raw": {"Data": "%"}}}'):
        url = f"{cloud.endpoint}/v2/email/outbound-emails"
        answer = call(url, "POST", body, credentials=credentials, service="ses")
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "BadRequestException"), answer.body


def test_unsigned_sends_are_refused(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}/v2/email/outbound-emails", "POST", json.dumps(simple(to := recipient())).encode())
    assert answer.status == 403
    assert box_of(cloud).mails(to) == []


def test_a_template_is_rendered(cloud: Cloud) -> None:
    sesv2, to = cloud.client("sesv2"), recipient()
    content = {"Subject": "Hello {{name}}", "Text": "Dear {{name}}"}
    sesv2.create_email_template(TemplateName="greeting", TemplateContent=content)
    requested = {"TemplateName": "greeting", "TemplateData": '{"name": "Ann"}'}
    sesv2.send_email(**{**simple(to), "Content": {"Template": requested}})
    (mail,) = box_of(cloud).mails(to)
    assert (mail.subject, mail.text) == ("Hello Ann", "Dear Ann")
    with pytest.raises(ClientError, match="does not exist"):
        sesv2.send_email(**{**simple(to), "Content": {"Template": {**requested, "TemplateName": "none"}}})


@pytest.mark.parametrize(
    ("behaviour", "answer", "arrive"),
    [
        ("THROTTLE", "TooManyRequestsException", 0),
        ("ERROR", "InternalServiceErrorException", 0),
        ("ERROR_AFTER", "InternalServiceErrorException", 1),
        ("CUT_AFTER", "ConnectionClosedError", 1),
    ],
)
def test_sending_fails_as_the_fault_says(cloud: Cloud, behaviour: Any, answer: str, arrive: int) -> None:
    function, to, box = sender_function(cloud, may_send(cloud, "shop.example")), recipient(), box_of(cloud)
    with box.failing(behaviour, to.upper(), times=1):
        assert answer_of(cloud, function, simple(recipient())).endswith("-000000")  # not another client's
        assert answer_of(cloud, function, simple(to)) == answer
        assert len(box.mails(to)) == arrive
        assert answer_of(cloud, function, simple(to)).endswith("-000000")
    assert len(box.mails(to)) == arrive + 1
    assert box.faults() == []


def test_the_older_api_is_throttled_with_its_own_error(cloud: Cloud) -> None:
    message = {"Subject": {"Data": "Old"}, "Body": {"Text": {"Data": "way"}}}
    to, box = recipient(), box_of(cloud)
    request = {"Source": "orders@shop.example", "Destination": {"ToAddresses": [to]}, "Message": message}
    for behaviour, status, code in (("THROTTLE", 400, "Throttling"), ("ERROR_AFTER", 500, "InternalFailure")):
        box.script(behaviour, to, times=1)  # type: ignore[arg-type]  # the loop's names are plain texts
        with pytest.raises(ClientError) as failed:
            cloud.client("ses").send_email(**request)
        assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert failed.value.response["Error"]["Code"] == code
    assert len(box.mails(to)) == 1


def test_many_mails_at_once_need_the_identity_and_the_template(cloud: Cloud) -> None:
    """SendBulkEmail is the engine's, but IAM is asked as for one mail."""
    iam, sesv2, to = cloud.client("iam"), cloud.client("sesv2"), recipient()
    content = {"Subject": "Bulk {{name}}", "Text": "t"}
    sesv2.create_email_template(TemplateName="bulk", TemplateContent=content)
    request = {
        "FromEmailAddress": "orders@shop.example",
        "DefaultContent": {"Template": {"TemplateName": "bulk", "TemplateData": '{"name": "Ann"}'}},
        "BulkEmailEntries": [{"Destination": {"ToAddresses": [to]}}],
    }
    user = f"bulk-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = cloud.client("sesv2", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))
    resources = [identity_arn(cloud, "shop.example")]
    for resource in ("", identity_arn(cloud, "x").replace("identity/x", "template/bulk")):
        resources += [resource] if resource else []
        statement = {"Effect": "Allow", "Action": "ses:SendBulkEmail", "Resource": resources}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=policy)
        if not resource:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.send_bulk_email(**request)
    assert client.send_bulk_email(**request)["BulkEmailEntryResults"][0]["Status"] == "SUCCESS"
    assert [mail.subject for mail in box_of(cloud).mails(to)] == ["Bulk Ann"]
