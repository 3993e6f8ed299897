"""Probes of the engine beneath the patches of mail: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

PATCHED: dict[str, str] = {
    # mails_are_sent_as_on_aws
    "services.ses_v2:handle_request": "cab4023919ec58ca",
    "services.ses:handle_request": "40c995be64f039e7",
    "services.ses:_send_email": "cb6fe81669776fc0",
    "services.ses:_send_raw_email": "a008b1a488e82b68",
    "services.ses:_record_send": "565e7367d5f49a37",
    "services.ses:_message_rejection": "c04cf5069b3c8115",
    "services.ses:_identity_verified": "f8ef77592452bcca",
    "services.ses:_send_notifications": "740ba5648c29a173",
    "services.ses:_sent_emails_list": "72df70a8c9cc1ff6",
    "services.ses_v2:_resolve_send_template": "219ef430b2e653fb",
    "services.ses:_render_template": "240edfcf2dff8bb4",
    # answers_can_be_cut_off
    "app:_send_response": "316290fa1412913f",
    # sending_is_authorised_by_identity
    "app:_enforce_ses_v2": "5dc09e3bd48720ae",
    "app:_handle_ses_v2_request": "d8ceed7a55add055",
    "core.iam_actions:_ses_v2_resource_arn": "96f8ace790bed629",
    "core.iam_actions:extract_iam_action": "ec476b92d969822b",
    "core.iam_actions:extract_resource_arn": "82f51700695c62fd",
    # identities_are_as_on_aws
    "services.cloudformation.provisioners:_ses_email_identity_create": "e72d41c8ae211491",
    "services.cloudformation.provisioners:_ses_email_identity_update": "503a6d720fd043bb",
    "services.cloudformation.provisioners:_ses_email_identity_delete": "93961e798ee028ea",
    "services.cloudformation.provisioners:_ses_email_identity_apply": "020f6f9809484923",
    # the mails of Cognito
    "services.cognito:_cognito_email_enabled": "9ec118cf38a7d3a0",
    "services.cognito:_deliver_cognito_email": "ab26c35cdb68bd1e",
    # SentMails
    "services.ses:get_state": "69fba426ea653a1c",
    "services.ses:load_persisted_state": "6f58d9dc1e6e4edf",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    script = """
import asyncio, base64, json
app, ses, ses_v2 = (patching.core(name) for name in ("app", "services.ses", "services.ses_v2"))
actions, provisioners = patching.core("core.iam_actions"), patching.core("services.cloudformation.provisioners")
path, place = "/v2/email/outbound-emails", ("us-east-1", "000000000000")

def send(**request):
    body = json.dumps({"FromEmailAddress": "a@shop.example", **request}).encode()
    return asyncio.run(ses_v2.handle_request("POST", path, {}, body, {}))[0]

name, attributes = provisioners._ses_email_identity_create("I", {"EmailIdentity": "shop.example", "Typo": 1}, "s")
print("attributes", sorted(attributes))
print("taken over", provisioners._ses_email_identity_create("J", {"EmailIdentity": "shop.example"}, "t")[0])
simple = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}
many = {"ToAddresses": ["b@people.example"] * 51}
print("many, unknown", send(Content=simple, Destination=many, Unknown=1))
raw = base64.b64encode(b"From: a@shop.example\\r\\nTo: b@people.example\\r\\n\\r\\nt").decode()
print("raw", send(Content={"Raw": {"Data": raw}}), ses._sent_emails_list()[-1]["To"])
body = json.dumps({"FromEmailAddress": "a@shop.example", "Content": {"Raw": {"Data": raw}}}).encode()
print("right", actions.extract_iam_action("ses", "POST", path, {}, body, {}))
print("on", actions.extract_resource_arn("ses", "POST", path, {}, body, {}, *place))
form = {"Action": ["SendEmail"], "Source": ["a@shop.example"]}
print("on", actions.extract_resource_arn("ses", "POST", "/", {}, b"", form, *place))
print("kept", "_sent_emails" in ses.get_state())
"""
    assert run_unpatched(tmp_path, script) == [
        "attributes ['EmailIdentity']",
        "taken over shop.example",
        "many, unknown 200",
        "raw 200 []",
        "right ses:SendEmail",
        "on *",
        "on *",
        "kept False",
    ]
