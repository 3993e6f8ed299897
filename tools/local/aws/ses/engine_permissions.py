"""Permission to send mail: IAM is asked about the identity that sends, and about those of recipients."""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tools.local.aws.ses.engine_sending import identity_of
from tools.local.aws.ses.messages import Mail, Refused, address_of, name_of, of_mime
from tools.local.engine.patching import core, patch

_V2_SENDS = {"/outbound-emails": "ses:SendEmail", "/outbound-bulk-emails": "ses:SendBulkEmail"}
_V2_BY_CONTENT = {"Raw": "ses:SendRawEmail", "Template": "ses:SendTemplatedEmail"}
_V1_SENDS = frozenset(("SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"))


@dataclass(frozen=True)
class _Sending:
    """The resources and condition keys of a request to send."""

    resources: list[str]
    context: dict[str, Any]


_sending: ContextVar[_Sending | None] = ContextVar("mail_sending", default=None)


@patch
def sending_is_authorised_by_identity() -> None:
    """AWS authorises a send on the ARN of the identity that sends (the address if it is an identity itself, else its
    domain) and on those of the configuration set and the template, with `ses:FromAddress`, `ses:FromDisplayName`,
    `ses:Recipients` and `ses:ApiVersion`. In the sandbox of SES each recipient has a verified identity, and AWS
    authorises on these too; here on those of recipients that have one. SESv2's SendEmail of raw content is
    `ses:SendRawEmail`, of a template `ses:SendTemplatedEmail`. The engine asks for `ses:SendEmail` on `*` without those
    keys, which a well-scoped policy does not grant."""
    actions, evaluator = core("core.iam_actions"), core("core.iam_evaluator")
    find_action: Callable[..., Any] = actions.extract_iam_action
    find_resource: Callable[..., Any] = actions.extract_resource_arn
    enforce: Callable[..., Any] = evaluator.enforce

    def extract_iam_action(service: str, method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        if service == "ses" and method == "POST" and _v2_send(path):
            content = _json(body).get("Content")
            found = next((kind for kind in _V2_BY_CONTENT if isinstance(content, dict) and content.get(kind)), "")
            return _V2_BY_CONTENT.get(found, _V2_SENDS[_v2_send(path)])
        return find_action(service, method, path, headers, body, query)

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, query: Any, region: str, account: str
    ) -> Any:
        sending = None
        if service == "ses":
            place = f"arn:aws:ses:{region}:{account}:"
            if method == "POST" and _v2_send(path):
                sending = _of_v2(_json(body), place)
            elif actions._query_param(query, "Action") in _V1_SENDS:
                sending = _of_v1(lambda name: str(actions._query_param(query, name) or ""), place)
        _sending.set(sending)
        if sending:
            return sending.resources[0]
        return find_resource(service, method, path, headers, body, query, region, account)

    def enforce_each(
        access_key: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        sending = _sending.get() if iam_action.startswith("ses:Send") else None
        if sending is None:
            return enforce(access_key, iam_action, service, region, resource_arn, service_context)
        context = {**(service_context or {}), **sending.context}
        for resource in sending.resources:
            denied = enforce(access_key, iam_action, service, region, resource, context)
            if denied:
                return denied
        return None

    actions.extract_iam_action = extract_iam_action
    actions.extract_resource_arn = extract_resource_arn
    evaluator.enforce = enforce_each


def _v2_send(path: str) -> str:
    """The path of a SESv2 send without its prefix, or an empty string."""
    sub = path.rstrip("/").removeprefix("/v2/email")
    return sub if sub in _V2_SENDS else ""


def _json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; empty for another body, which is refused when it is served."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _of_v2(request: Mapping[str, Any], place: str) -> _Sending:
    content = request.get("Content") or request.get("DefaultContent")
    content = content if isinstance(content, dict) else {}
    raw, template = content.get("Raw"), content.get("Template")
    destination = request.get("Destination")
    destination = destination if isinstance(destination, dict) else {}
    listed = [destination.get(f"{kind}Addresses") or [] for kind in ("To", "Cc", "Bcc")]
    given = Mail(
        str(request.get("FromEmailAddress") or ""),
        tuple(str(one) for many in listed if isinstance(many, list) for one in many),
    )
    mail = _of_raw(str(raw.get("Data") or ""), given) if isinstance(raw, dict) else given
    named = template.get("TemplateName") if isinstance(template, dict) else None
    return _asked(mail, place, "2", request.get("ConfigurationSetName"), named)


def _of_v1(parameter: Callable[[str], str], place: str) -> _Sending:
    def listed(prefix: str) -> tuple[str, ...]:
        found, number = [], 1
        while value := parameter(f"{prefix}.member.{number}"):
            found.append(value)
            number += 1
        return tuple(found)

    prefixes = (*(f"Destination.{kind}Addresses" for kind in ("To", "Cc", "Bcc")), "Destinations")
    given = Mail(parameter("Source"), tuple(one for prefix in prefixes for one in listed(prefix)))
    raw = parameter("RawMessage.Data")
    mail = _of_raw(raw, given) if raw else given
    return _asked(mail, place, "1", parameter("ConfigurationSetName"), parameter("Template"))


def _of_raw(encoded: str, given: Mail) -> Mail:
    """The mail of a raw message. An unreadable one is refused when it is served."""
    try:
        return of_mime(encoded, given.sender, given.to)
    except Refused:
        return given


def _asked(mail: Mail, place: str, version: str, configuration_set: Any, template: Any) -> _Sending:
    address = address_of(mail.sender)
    recipients = [identity for one in mail.recipients if (identity := identity_of(address_of(one)))]
    identities = dict.fromkeys([identity_of(address) or address or "*", *recipients])
    resources = [f"{place}identity/{identity}" for identity in identities]
    resources += [f"{place}configuration-set/{configuration_set}"] if configuration_set else []
    resources += [f"{place}template/{template}"] if template else []
    context: dict[str, Any] = {"ses:ApiVersion": version}
    if address:
        context["ses:FromAddress"] = address
    if name_of(mail.sender):
        context["ses:FromDisplayName"] = name_of(mail.sender)
    if mail.recipients:
        context["ses:Recipients"] = [address_of(one) for one in mail.recipients]
    return _Sending(resources, context)
