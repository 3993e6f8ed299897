"""AWS::SES::EmailIdentity: create, change, replace, delete; refusals; and properties without effect."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.aws.cloudformation.ignored import from_folder
from tools.local.client import Cloud
from tools.tests.local.aws.ses.sending import identity, simple
from tools.tests.local.stacks import Stack, deployed, template


def domain() -> str:
    return f"{uuid.uuid4().hex[:8]}.example"


def stack_of(**properties: Any) -> str:
    resource = {"Type": "AWS::SES::EmailIdentity", "Properties": properties}
    return json.dumps({"Resources": {"Identity": resource}})


def failure(cloud: Cloud, body: str) -> str:
    """Why the identity of a stack was not created."""
    stack = Stack(cloud, f"mail-{uuid.uuid4().hex[:8]}")
    assert stack.deploy(body) == "ROLLBACK_COMPLETE"
    reasons = [why for name, status, why in stack.reasons() if (name, status) == ("Identity", "CREATE_FAILED")]
    stack.delete()
    return reasons[0]


def known(cloud: Cloud, name: str) -> bool:
    listed = cloud.client("sesv2").list_email_identities()["EmailIdentities"]
    return name in [one["IdentityName"] for one in listed]


def test_an_identity_is_usable_at_once_and_names_its_records(cloud: Cloud) -> None:
    name = domain()
    with identity(cloud, f"mail-{name[:8]}", name) as stack:
        outputs = stack.outputs()
        assert outputs["Identity"] == stack.physical_id("Identity") == name
        found = cloud.client("sesv2").get_email_identity(EmailIdentity=name)
        assert (found["VerifiedForSendingStatus"], found["VerificationStatus"]) == (True, "SUCCESS")
        tokens = found["DkimAttributes"]["Tokens"]
        assert outputs["Name1"] == f"{tokens[0]}._domainkey.{name}"
        assert outputs["Value3"] == f"{tokens[2]}.dkim.amazonses.com"
        cloud.client("sesv2").send_email(**simple("ann@people.example", f"orders@{name}"))
    assert not known(cloud, name)
    with pytest.raises(ClientError, match="not verified"):
        cloud.client("sesv2").send_email(**simple("ann@people.example", f"orders@{name}"))


def test_a_change_keeps_it_and_another_name_replaces_it(cloud: Cloud) -> None:
    first, second = domain(), domain()
    with identity(cloud, f"mail-{first[:8]}", first) as stack:
        before = stack.outputs()
        assert stack.deploy(template("mail"), Sender=first, Forward="false") == "UPDATE_COMPLETE"
        assert stack.outputs() == before
        assert not cloud.client("sesv2").get_email_identity(EmailIdentity=first)["FeedbackForwardingStatus"]
        assert stack.deploy(template("mail"), Sender=second) == "UPDATE_COMPLETE"
        assert stack.outputs()["Identity"] == second
        assert stack.outputs()["Name1"].endswith(f"._domainkey.{second}")
        assert (known(cloud, first), known(cloud, second)) == (False, True)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Identity": "a.example"}, "#: extraneous key [Identity] is not permitted"),
        (
            {"EmailIdentity": "a.example", "DkimAttributes": {"Signing": True}},
            "extraneous key [Signing] is not permitted",
        ),
        ({"DkimAttributes": {"SigningEnabled": True}}, "#: required key [EmailIdentity] not found"),
    ],
)
def test_a_property_that_aws_does_not_have_is_refused(cloud: Cloud, properties: dict[str, Any], reason: str) -> None:
    assert reason in failure(cloud, stack_of(**properties))
    assert not known(cloud, "a.example")


def test_an_existing_identity_is_not_taken_over(cloud: Cloud) -> None:
    name = domain()
    with identity(cloud, f"mail-{name[:8]}", name):
        assert "already exists" in failure(cloud, stack_of(EmailIdentity=name))
        assert known(cloud, name), "the failed stack must not delete it"


def test_properties_without_effect_are_listed(cloud: Cloud) -> None:
    name, stack = domain(), f"mail-{uuid.uuid4().hex[:8]}"
    with deployed(cloud, stack, stack_of(EmailIdentity=name, DkimAttributes={"SigningEnabled": True})):
        reasons = {one.property: one.reason for one in from_folder(cloud.home.folder, stack)}
    assert reasons.keys() == {"verification of EmailIdentity", "DkimAttributes"}
    assert "verified at once" in reasons["verification of EmailIdentity"]
