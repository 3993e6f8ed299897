"""The engine beneath the patches of delivery is the one they were written for; as test_probes_core."""

from pathlib import Path

import pytest

from tools.tests.local.probes import DIGESTS, run_unpatched

PATCHED: dict[str, str] = {
    # streams_have_readers_of_their_own
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
    # run, put, publish, role_may
    "services.lambda_svc:_execute_function": "3ceb16d6480a2161",
    "services.lambda_svc:_emit_lambda_metrics": "3b6689d77cf6f1e4",
    "services.sqs:_act_send_message": "3abd766508c885c6",
    "services.sqs:_queue_by_arn": "b4981875c8186c19",
    "services.sns:publish_internal": "f979fc53e1eb274f",
    "core.iam_evaluator:evaluate": "2a5dd6932d1aca6a",
    "core.iam_evaluator:_gather_role_policies": "d83d1661b86595ac",
}


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    lines = run_unpatched(tmp_path_factory.mktemp("probe"), DIGESTS, *PATCHED)
    return dict(zip(PATCHED, lines, strict=True))


@pytest.mark.parametrize("function", PATCHED)
def test_the_patched_function_is_the_known_one(digests: dict[str, str], function: str) -> None:
    assert digests[function] == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When one of these no longer holds, the engine has mended it: drop the patch."""
    script = """
functions = inspect.getsource(frame.core("services.lambda_svc")._poll_dynamodb_streams)
print([word in functions for word in ("Bisect", "MaximumRetryAttempts", "batchItemFailures")])
"""
    assert run_unpatched(tmp_path, script) == ["[False, False, False]"]
