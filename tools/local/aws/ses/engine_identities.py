"""AWS::SES::EmailIdentity: the permitted senders of mails."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    register,
    resource_type,
)
from tools.local.engine.patching import patch, service

IDENTITY = "AWS::SES::EmailIdentity"
PROPERTIES: dict[str, tuple[str, ...]] = {
    "EmailIdentity": (),
    "ConfigurationSetAttributes": ("ConfigurationSetName",),
    "DkimAttributes": ("SigningEnabled",),
    "DkimSigningAttributes": ("DomainSigningPrivateKey", "DomainSigningSelector", "NextSigningKeyLength"),
    "FeedbackAttributes": ("EmailForwardingEnabled",),
    "MailFromAttributes": ("BehaviorOnMxFailure", "MailFromDomain"),
    "Tags": (),
}


@dataclass(frozen=True)
class _EmailIdentity:
    """`Ref` is the address or domain. A domain with Easy DKIM has the three names and values of its DNS records.

    A property that AWS does not have, and an identity that exists already, fail the resource, as on AWS. There is no
    verification, since no DNS or mailbox exists here to verify.
    """

    handler: dict[str, Any]

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        self._check(logical_id, properties)
        self._check_new(str(properties["EmailIdentity"]))
        name, _ = self.handler["create"](logical_id, properties, stack)
        return str(name), self._attributes(str(name), properties)

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        self._check(logical_id, new)
        if str(new["EmailIdentity"]) != physical_id:
            self._check_new(str(new["EmailIdentity"]))
        name, _ = self.handler["update"](physical_id, old, new, stack, logical_id)
        return str(name), self._attributes(str(name), new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        self.handler["delete"](physical_id, properties)

    @staticmethod
    def _check(logical_id: str, properties: Properties) -> None:
        problems = list(_problems(properties))
        if problems:
            text = ", ".join(f"#: {problem}" for problem in problems)
            raise ResourceFailed(f"Properties validation failed for resource {logical_id} with message: [{text}]")

    @staticmethod
    def _check_new(name: str) -> None:
        if name in service("ses_v2")._identities or name in service("ses")._identities:
            raise ResourceFailed(f"Resource of type '{IDENTITY}' with identifier '{name}' already exists.")

    @staticmethod
    def _attributes(name: str, properties: Properties) -> dict[str, Any]:
        """Give the identity its DKIM tokens, as if DNS had them already. Returns the attributes for GetAtt."""
        signing = properties.get("DkimSigningAttributes") or {}
        own_key = bool(signing.get("DomainSigningPrivateKey") or signing.get("DomainSigningSelector"))
        enabled = "@" not in name and _on(properties, "DkimAttributes", "SigningEnabled")
        tokens = service("ses")._dkim_tokens(name) if "@" not in name and not own_key else []
        v1, v2 = service("ses")._identities[name], service("ses_v2")._identities[name]
        v1 |= {
            "DkimEnabled": enabled,
            "DkimTokens": tokens,
            "DkimVerificationStatus": "Success" if enabled else "NotStarted",
        }
        v2["DkimAttributes"] = {
            "SigningEnabled": enabled,
            "Status": "SUCCESS" if enabled else "NOT_STARTED",
            "Tokens": tokens,
            "SigningAttributesOrigin": "EXTERNAL" if own_key else "AWS_SES",
        }
        v2["VerificationStatus"] = "SUCCESS"
        forwarding = _on(properties, "FeedbackAttributes", "EmailForwardingEnabled")
        v1["FeedbackForwardingEnabled"] = v2["FeedbackForwardingStatus"] = forwarding
        found: dict[str, Any] = {}
        for number, token in enumerate(tokens, 1):
            found[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{name}"
            found[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
        return found


def _on(properties: Properties, group: str, name: str) -> bool:
    """A setting that is on unless it is false. The engine takes the text "false" of a parameter for true."""
    return str((properties.get(group) or {}).get(name, True)).lower() == "true"


def _problems(properties: Properties) -> Iterator[str]:
    # `dict.items`: the search for misspelt names is not a use of the properties.
    for name, value in dict.items(properties):
        if name not in PROPERTIES:
            yield f"extraneous key [{name}] is not permitted"
        elif PROPERTIES[name] and isinstance(value, dict):
            for inner in dict.keys(value):
                if inner not in PROPERTIES[name]:
                    yield f"/{name}: extraneous key [{inner}] is not permitted"
    if not dict.get(properties, "EmailIdentity"):
        yield "required key [EmailIdentity] not found"


@patch
def identities_are_as_on_aws() -> None:
    """Restore AWS's refusals and attributes; see `_EmailIdentity`. The engine accepts any property, takes over an
    existing identity (and deletes it with the stack), and has no DKIM attributes."""
    register(IDENTITY, _EmailIdentity(resource_type(IDENTITY)))
