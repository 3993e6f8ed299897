"""Probes of the engine beneath the patches for gradual deployments: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

# A function of the engine -> the digest of its source. The comments name the patches that rely on it.
PATCHED = {
    # an_alias_with_an_update_policy_is_shifted
    "services.cloudformation.provisioners:_lambda_alias_update": "7388cbd3408c1ecf",
    "services.cloudformation.engine:_resolve_refs": "e8c53253cae619fc",
    # updates_of_stacks_are_known
    "services.cloudformation.stacks:_deploy_stack_async": "34c0aed718d8b61b",
    "services.cloudformation.stacks:_roll_back_operation": "3464033d8f285fe3",
    "services.cloudformation.stacks:_sends_back_failed_update": "33bf2b1cccbaa678",
    # a_shift_does_not_block_the_cloud
    "services.cloudformation.stacks:_runs_on_worker_thread": "23955511141f8481",
    # update_policies_are_dependencies
    "services.cloudformation.engine:_extract_deps": "6c6f84810f4fecf0",
    "services.cloudformation.engine:_topological_sort": "13ee9ab068fc048a",
    # the_role_of_sam_allows_what_it_allows_on_aws
    "services.iam:_make_aws_managed_record": "2936b10ab95bcde4",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


WITHOUT_PATCHES = """
engine, stacks = (patching.core(f"services.cloudformation.{name}") for name in ("engine", "stacks"))
policy = {"CodeDeployLambdaAliasUpdate": {"DeploymentGroupName": {"Ref": "Group"}}}
print(engine._extract_deps({"UpdatePolicy": policy}, {"Group"}))  # AWS: the group comes first
print("AWS::CodeDeploy::DeploymentGroup" in patching.core("services.cloudformation.provisioners")._RESOURCE_HANDLERS)
print(any("AWSCodeDeployRoleForLambda" in arn for arn in patching.core("services.iam")._aws_managed_policies))
print(stacks._runs_on_worker_thread("AWS::Lambda::Alias"))
"""


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    assert run_unpatched(tmp_path, WITHOUT_PATCHES) == ["set()", "False", "False", "False"]
