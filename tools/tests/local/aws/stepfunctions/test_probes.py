"""Probes of the engine beneath the patches of Step Functions: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

PATCHED = {
    # one_api_for_all_machines
    "services.stepfunctions:handle_request": "efa6e8c4532a9e05",
    "services.stepfunctions:_send_task_success": "12eff48bce57f5ab",
    "core.iam_actions:access_denied_response": "3cc2e315f91f45da",
    # services_start_our_machines
    "services.stepfunctions:_start_execution": "9923282fc76c57b9",
    "services.stepfunctions:_resolve_state_machine_arn": "e054a309ee54fa0f",
    # tags_are_authorised_for_their_resource
    "core.iam_actions:extract_resource_arn": "82f51700695c62fd",
    "core.iam_actions:_safe_json_field": "149cb263d1b67386",
    # StateMachine, of CloudFormation
    "services.cloudformation.provisioners:_sfn_definition": "e29ae22959e7b7cf",
    "services.cloudformation.provisioners:_sfn_state_machine_create": "d2ffde42cb0e8dbd",
    "services.cloudformation.provisioners:_sfn_state_machine_update": "e6b56ee6ad599ebf",
    "services.cloudformation.provisioners:_sfn_state_machine_delete": "dd5b1b769690fb3e",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_this_package_replaces_is_still_wrong_without_it(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: let it run machines in JSONata too."""
    script = """
states = patching.core("services.stepfunctions")
print("States.ServiceRestart" in inspect.getsource(states._restore_state))
print("iam" in inspect.getsource(states._invoke_with_callback) + inspect.getsource(states._call_lambda))
print("idempoten" in inspect.getsource(states._start_execution).lower())
arn = patching.core("core.iam_actions").extract_resource_arn
print(arn("states", "POST", "/", {}, b'{"resourceArn": "arn:aws:states:x"}', {}, "us-east-1", "000000000000"))
"""
    assert run_unpatched(tmp_path, script) == ["True", "False", "False", "*"]
