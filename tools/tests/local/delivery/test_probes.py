"""Probes of the engine beneath the patches of delivery: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

PATCHED: dict[str, str] = {
    # each_stream_mapping_has_a_reader
    "services.dynamodb:_emit_stream_event": "8568d0446f26eaba",
    "services.dynamodb:stream_start_position": "3b822e76fbb147fa",
    "services.dynamodb:stream_end_position": "d0483912696df38d",
    "services.dynamodb:stream_records_since": "aed31a353fda9770",
    "services.lambda_svc:_poll_dynamodb_streams": "2b2460e933a9f3c3",
    "services.lambda_svc:_poll_loop": "6a443090919adccf",
    "services.lambda_svc:_ensure_poller": "a21371869881be44",
    "services.lambda_svc:_release_esm_poll_state": "780cf96ac7f873e2",
    "services.lambda_svc:_init_stream_position": "bef560b23a1a9826",
    "services.lambda_svc:_apply_filter_criteria": "d8d7d5c8f77ea1ac",
    "services.lambda_svc:_create_esm": "d351521bb6cdd30f",
    "services.cloudformation.provisioners:_lambda_esm_create": "f053a4e8c30c5543",
    "services.cloudformation.provisioners:_lambda_esm_update": "aa81656213354e51",
    # asynchronous_invocations_are_queued, topics_invoke_asynchronously
    "services.lambda_svc:invoke_async_with_retry": "289fe4d3cbd4089b",
    "services.lambda_svc:_event_invoke_config": "aeeb62079ef21907",
    "services.lambda_svc:_put_event_invoke_config": "e53a9f8cbd9cf1c1",
    "services.lambda_svc:_invoke": "ab193779e5c2ea94",
    "services.sns:_fanout": "984cdd91d64aa056",
    "services.sns:_deliver_to_lambda": "aa6b8a8c312e182a",
    "services.s3:_deliver_event_to_lambda": "0bdd18b38925e4e3",
    # events_reach_their_targets
    "services.eventbridge:_invoke_target": "550e304af0809563",
    "services.eventbridge:_dispatch_to_lambda": "1f95adbaed3a966a",
    "services.eventbridge:_dispatch_to_sqs": "eb75981283a29783",
    "services.eventbridge:_dispatch_to_sns": "72c921fe20b631e3",
    "services.eventbridge:_put_events": "ebcda0f38061fc62",
    "services.eventbridge:_dispatch_event": "d1bfe064f602d11c",
    # replays_reach_the_chosen_rules_only, a_replay_needs_a_period
    "services.eventbridge:_start_replay": "1ea7cca397a770ae",
    # targets_that_are_not_served_are_refused, offer_to_bus, offer_to_state_machine
    "services.eventbridge:_validate_target_arn": "103834fd5c3bfc7a",
    "services.eventbridge:_put_targets": "9d129f83c189b4c9",
    "services.eventbridge:_dispatch_to_event_bus": "fef5c8d488f10ba4",
    "services.eventbridge:_dispatch_to_stepfunctions": "d36195e1c480b1ab",
    "services.stepfunctions:_resolve_state_machine_arn": "e054a309ee54fa0f",
    # arns_are_parsed_once
    "core.arn:parse_arn": "779f6e41795e9ceb",
    # policies_are_parsed_once, a_caller_is_named_without_its_policies
    "core.iam_evaluator:parse_policy_document": "622a4f98a3ecd766",
    "core.iam_evaluator:request_caller_arn": "12240eb881e7e316",
    "core.iam_evaluator:resolve_principal": "b6c6131e24bf22f0",
    # conditions_are_parsed_once: the answer depends on the arguments alone
    "services.dynamodb:_condition_syntax_error": "5213f1ffac34e6cb",
    # an_environment_has_one_stream
    "services.cloudwatch_logs:_append_log_events": "e47cae7a15a4cc46",
    "services.cloudwatch_logs:_make_group_arn": "3d349158bb566a4f",
    "services.cloudwatch_logs:_fanout_to_subscription_filters": "cb898244bb9fac17",
    # answers_of_queue_consumers_are_evaluated
    "services.lambda_svc:_poll_sqs": "e438a6a1e09482dc",
    "services.lambda_svc:_run_sqs_batch": "f9bf630aabf3d1b9",
    "services.sqs:_receive_messages_for_esm": "f230dbcd4974adcf",
    "services.sqs:_delete_messages_for_esm": "c1686f29b48b42ee",
    "services.sqs:_dlq_sweep": "6a77691e16715a0d",
    # engine_resource_policies
    "services.sqs:queue_policy_for_arn": "fd2276b9eed5c2b0",
    "services.sns:topic_policy_for_arn": "6bf0adcea3699e45",
    "services.kms:_resolve_key": "90e6b84ded7c823f",
    "core.iam_evaluator:evaluate_resource_policy": "e49ce7161ad63e35",
    # run, put, publish, role_may
    "services.lambda_svc:_execute_function": "3ceb16d6480a2161",
    "services.lambda_svc:_emit_lambda_metrics": "3b6689d77cf6f1e4",
    "services.sqs:_act_send_message": "3abd766508c885c6",
    "services.sqs:_queue_by_arn": "b4981875c8186c19",
    "services.sns:publish_internal": "f979fc53e1eb274f",
    "core.iam_evaluator:evaluate": "2a5dd6932d1aca6a",
    "core.iam_evaluator:_gather_role_policies": "d83d1661b86595ac",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    script = """
functions = inspect.getsource(patching.core("services.lambda_svc")._poll_dynamodb_streams)
print([word in functions for word in ("Bisect", "MaximumRetryAttempts", "batchItemFailures")])
invoke = inspect.getsource(patching.core("services.lambda_svc").invoke_async_with_retry)
print("OnSuccess" in invoke, "threading.Thread" in invoke)
events = patching.core("services.eventbridge")
target = "".join(inspect.getsource(getattr(events, name)) for name in ("_invoke_target", "_dispatch_to_lambda",
                 "_dispatch_to_sqs", "_dispatch_to_sns"))
print([word in target for word in ("RetryPolicy", "DeadLetterConfig", "policy")])
print("policy" in inspect.getsource(patching.core("services.sns")._deliver_to_lambda))
kinesis = {"Id": "k", "Arn": "arn:aws:kinesis:us-east-1:000000000000:stream/s"}
machine = {"Id": "m", "Arn": "arn:aws:states:us-east-1:000000000000:stateMachine:m"}
print(events._validate_target_arn(kinesis), events._validate_target_arn(machine))
"""
    wrong = ["[False, False, False]", "False True", "[False, False, False]", "False", "None None"]
    assert run_unpatched(tmp_path, script) == wrong


POLLER = """
import threading, time
functions, looks = patching.core("services.lambda_svc"), []
functions._poll_kinesis = functions._poll_dynamodb_streams = lambda: False
functions._poll_sqs = lambda: looks.append(time.perf_counter())
threading.Thread(target=functions._poll_loop, daemon=True).start()
waits, limit = [], time.perf_counter() + 20
for _ in range(12):
    before, began = len(looks), time.perf_counter()
    functions._esm_wake.set()
    while len(looks) == before and time.perf_counter() < limit:
        pass
    waits.append(looks[-1] - began)
print(min(waits[2:]) < 0.025)
"""
PATCHES = """
from tools.local.aws.lambda_ import engine_queue_mappings
for apply in patching.patches[engine_queue_mappings.__name__]:
    apply()
"""


@pytest.mark.parametrize(("patches", "expected"), [("", "False"), (PATCHES, "True")])
def test_the_poller_of_queues_looks_at_once_when_a_message_comes(tmp_path: Path, patches: str, expected: str) -> None:
    assert run_unpatched(tmp_path, patches + POLLER) == [expected]
