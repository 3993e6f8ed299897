"""Probes of the engine beneath the patches of S3, topics and sessions: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

PATCHED: dict[str, str] = {
    # the_fields_of_a_form_are_its_credentials
    "core.iam_evaluator:check_credentials": "cfc3519325842062",
    "app:_authenticate_only": "7447cddcfd964e49",
    "services.s3:_request_access_key": "2e68b5d199b9ce4b",
    "services.s3:_enforce_signed_post_policy": "315bcda3b92016a2",
    "services.s3:_post_object": "8d1de1398ac73ddb",
    # notifications_survive_a_kill
    "services.s3:_fire_s3_event_async": "d42619f0eb8691d5",
    "services.s3:_fire_s3_event": "2ab38cfade76bf2e",
    # topics_and_queues_admit_their_senders_alone
    "services.sns:topic_policy_allows": "2c5001e5af7ece8f",
    "services.sqs:queue_policy_allows": "5de01aa09a4ceb84",
    "services.s3:_notification_destination_allows": "b4ed3ff382caab95",
    "services.sns:_deliver_to_sqs": "f85849838ccafc6a",
    # topics_of_stacks_keep_their_key
    "services.cloudformation.provisioners:_sns_create": "0a96666a036a7f86",
    "services.cloudformation.provisioners:_sns_update": "a29cbf08e7b5dd67",
    # sessions_survive_a_restart
    "services.sts:get_state": "f3da97bad4fd9982",
    "services.sts:load_persisted_state": "95de4b803bf729ba",
    "services.sts:_evict_expired_sessions": "67ddc890eea7c1fa",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    script = """
sns, provisioners = patching.core("services.sns"), patching.core("services.cloudformation.provisioners")
arn, _ = provisioners._sns_create("T", {"TopicName": "t", "KmsMasterKeyId": "alias/aws/sns"}, "s")
print("key", "KmsMasterKeyId" in sns._topics[arn]["attributes"])
print("sessions", patching.core("services.sts").get_state())
print("thread", "Thread" in inspect.getsource(patching.core("services.s3")._fire_s3_event_async))
"""
    assert run_unpatched(tmp_path, script) == ["key False", "sessions {}", "thread True"]
