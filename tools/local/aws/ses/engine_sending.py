"""Sending mail: the mails that SES accepts and refuses, and the sent mails for the mailbox."""

import functools
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

from tools.local.aws.ses.faults import Behaviour, faults
from tools.local.aws.ses.messages import Mail, Refused, address_of, of_mime, of_request
from tools.local.engine.own_services import Response
from tools.local.engine.patching import core, patch, service

CUT = "x-local-cut"
"""The header of an answer that must not arrive."""

Record = dict[str, Any]


def sent() -> Iterator[Record]:
    """The mails of this cloud, newest first, as the engine records them."""
    lists = [entries for scope, entries in sent_lists()]
    yield from sorted((mail for entries in lists for mail in entries), key=lambda mail: mail["Timestamp"], reverse=True)


def sent_lists() -> Iterator[tuple[tuple[str, ...], list[Record]]]:
    yield from service("ses")._sent_emails.all_items()


def remove_sent(message_id: str) -> bool:
    """Remove a mail from the mailbox. False when there is none with this id."""
    for _, entries in sent_lists():
        kept = [mail for mail in entries if mail["MessageId"] != message_id]
        if len(kept) < len(entries):
            # New objects, so that the whole list is saved: otherwise a save knows removals from its front only.
            entries[:] = [dict(mail) for mail in kept]
            return True
    return False


def identity_of(address: str) -> str | None:
    """The verified identity that an address uses: itself, itself without its `+label`, or its domain or a parent of it.
    Local parts are case-sensitive, domains are not."""
    known = {_case_folded(name): name for store in _stores() for name, record in store.items() if _verified(record)}
    local, _, domain = address.rpartition("@")
    domain = domain.lower()
    labels = domain.split(".")
    domains = (".".join(labels[place:]) for place in range(len(labels) - 1))
    candidates = (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}", *domains)
    return next((known[one] for one in candidates if one in known), None)


def _stores() -> tuple[Mapping[str, Record], Mapping[str, Record]]:
    return service("ses")._identities, service("ses_v2")._identities


def _verified(record: Record) -> bool:
    return record.get("VerificationStatus") == "Success" or bool(record.get("VerifiedForSendingStatus"))


def _case_folded(identity: str) -> str:
    local, at, domain = identity.rpartition("@")
    return f"{local}{at}{domain.lower()}"


@patch
def mails_are_sent_as_on_aws() -> None:
    """SES refuses members of a wrong type, more than 50 recipients, none at all, invalid addresses, and line breaks in
    headers. It reads sender and recipients from a raw message, and sends from an address with a label. The engine
    accepts all of these but line breaks, which are a 500 there, and records a raw message without its recipients.
    Members that SendEmail does not have are refused here, where AWS may ignore them: a misspelt one would be lost
    without notice."""
    ses, ses_v2 = service("ses"), service("ses_v2")
    serve: Callable[..., Any] = ses_v2.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        if method == "POST" and path.rstrip("/").removeprefix("/v2/email") == "/outbound-emails":
            return _send_v2(body)
        answer: Response = await serve(method, path, headers, body, query)
        return answer

    def send_email(params: Mapping[str, Any]) -> Response:
        def listed(name: str) -> tuple[str, ...]:
            return tuple(ses._collect_list(params, f"{name}.member"))

        return _send_v1(
            "SendEmail",
            lambda: Mail(
                ses._p(params, "Source"),
                listed("Destination.ToAddresses"),
                listed("Destination.CcAddresses"),
                listed("Destination.BccAddresses"),
                listed("ReplyToAddresses"),
                ses._p(params, "Message.Subject.Data"),
                ses._p(params, "Message.Body.Text.Data"),
                ses._p(params, "Message.Body.Html.Data"),
            ),
        )

    def send_raw_email(params: Mapping[str, Any]) -> Response:
        to = tuple(ses._collect_list(params, "Destinations.member"))
        return _send_v1(
            "SendRawEmail", lambda: of_mime(ses._p(params, "RawMessage.Data"), ses._p(params, "Source"), to)
        )

    ses_v2.handle_request = handle_request
    ses._send_email = send_email
    ses._send_raw_email = send_raw_email


def _send_v2(body: bytes) -> Response:
    refuse: Callable[[str, str, int], Response] = service("ses_v2")._json_err
    try:
        request = _checked(body)
        mail = _of_template(request) if request["Content"].get("Template") else of_request(request)
        identifier = _identifier()
        behaviour = _deliver(mail, identifier, "v2.SendEmail")
    except Refused as refused:
        code = "MessageRejected" if refused.rejected else "BadRequestException"
        return refuse(code, str(refused), 400)
    except _Missing as missing:
        return missing.answer
    if behaviour is Behaviour.THROTTLE:
        return refuse("TooManyRequestsException", "Maximum sending rate exceeded.", 429)
    if behaviour in (Behaviour.ERROR, Behaviour.ERROR_AFTER):
        return refuse("InternalServiceErrorException", "Internal failure.", 500)
    headers = {"Content-Type": "application/json", **({CUT: "1"} if behaviour is Behaviour.CUT_AFTER else {})}
    return 200, headers, json.dumps({"MessageId": identifier}).encode()


def _send_v1(operation: str, read: Callable[[], Mail]) -> Response:
    ses = service("ses")
    refuse: Callable[[str, str, int], Response] = ses._error
    try:
        identifier = _identifier()
        behaviour = _deliver(read(), identifier, operation)
    except Refused as refused:
        code = "MessageRejected" if refused.rejected else "InvalidParameterValue"
        return refuse(code, str(refused), 400)
    if behaviour is Behaviour.THROTTLE:
        return refuse("Throttling", "Maximum sending rate exceeded.", 400)
    if behaviour in (Behaviour.ERROR, Behaviour.ERROR_AFTER):
        return refuse("InternalFailure", "Internal failure.", 500)
    inner = f"<{operation}Result><MessageId>{identifier}</MessageId></{operation}Result>"
    status, headers, answer = ses._xml(200, f"{operation}Response", inner)
    return status, {**headers, **({CUT: "1"} if behaviour is Behaviour.CUT_AFTER else {})}, answer


def _deliver(mail: Mail, identifier: str, operation: str) -> Behaviour:
    """Put a mail into the mailbox, unless it is refused, and return the answer, or one that must not arrive."""
    ses = service("ses")
    mail.check()
    unverified = None if identity_of(address_of(mail.sender)) else ses._message_rejection(mail.sender)
    rejection = unverified or ses._message_rejection(None, mail.recipients)
    if rejection:
        raise Refused(rejection, rejected=True)
    behaviour = faults.next(mail.recipients)
    if behaviour in (Behaviour.THROTTLE, Behaviour.ERROR):
        return behaviour
    ses._sent_emails_list().append(
        {
            "MessageId": identifier,
            "Source": mail.sender,
            "To": list(mail.to),
            "CC": list(mail.cc),
            "BCC": list(mail.bcc),
            "ReplyTo": list(mail.reply_to),
            "Subject": mail.subject,
            "BodyText": mail.text,
            "BodyHtml": mail.html,
            "Headers": dict(mail.headers),
            "Attachments": list(mail.attachments),
            "Timestamp": time.time(),
            "Type": operation,
        }
    )
    ses._send_notifications(identifier, mail.sender, list(mail.recipients))
    return behaviour


def _identifier() -> str:
    """The time and id of a mail in SES's form."""
    return f"{time.time_ns() // 1_000_000:016x}-{uuid.uuid4()}-000000"


def _checked(body: bytes) -> dict[str, Any]:
    """Validate a SendEmail request: it must have the members of AWS's model, and no others."""
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        raise Refused("The request is not JSON.") from None
    faulty = ParamValidator().validate(request, _model())
    if faulty.has_errors():
        raise Refused(faulty.generate_report())
    kinds = [kind for kind in ("Simple", "Raw", "Template") if request["Content"].get(kind)]
    if len(kinds) != 1:
        raise Refused("Content has exactly one of Simple, Raw and Template.")
    return request  # type: ignore[no-any-return]  # it was validated


@functools.cache
def _model() -> Shape:
    described = Loader().load_service_model("sesv2", "service-2")
    shape = ServiceModel(described, "sesv2").operation_model("SendEmail").input_shape
    if shape is None:
        raise LookupError("botocore's model of sesv2 has no SendEmail")
    return shape


class _Missing(Exception):
    """The engine's answer for a template that does not exist."""

    def __init__(self, answer: Response) -> None:
        super().__init__("no such template")
        self.answer = answer


def _of_template(request: dict[str, Any]) -> Mail:
    requested = request["Content"]["Template"]
    stored, _, problem = service("ses_v2")._resolve_send_template(requested)
    if problem:
        raise _Missing(problem)
    rendered = service("ses")._render_template(stored, requested.get("TemplateData", ""))
    body = {kind: {"Data": rendered[kind]} for kind in ("Text", "Html") if rendered.get(kind)}
    simple = {"Subject": {"Data": rendered.get("Subject", "")}, "Body": body}
    return of_request({**request, "Content": {"Simple": simple}})


@patch
def answers_can_be_cut_off() -> None:
    """Networks lose answers. For tests only, an answer with the header `CUT` closes the connection midway."""
    app = core("app")
    answer: Callable[..., Any] = app._send_response

    async def send_response(send: Any, status: int, headers: dict[str, str], body: Any, *, head: bool = False) -> None:
        if CUT in headers:
            start = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
            await send({"type": "http.response.start", "status": status, "headers": start})
            return
        await answer(send, status, headers, body, head=head)

    app._send_response = send_response
