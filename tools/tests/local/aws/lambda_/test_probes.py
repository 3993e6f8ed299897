"""Probes of the engine beneath the patches of Lambda aliases: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

# A function of the engine -> the digest of its source. The comments name the patches that rely on it.
PATCHED = {
    # an_alias_runs_its_versions_by_weight
    "services.lambda_svc:_get_func_record_for_ref": "492b4efe8f903a0f",
    "services.lambda_svc:_get_base_func_record_for_ref": "ae6bfc449ba542b1",
    "services.lambda_svc:_resolve_name_and_qualifier": "8c65f22c59e03249",
    "services.lambda_svc:_effective_func_record_for_qualifier": "9347cb8fd2dc4d9c",
    # the_invoke_api_runs_versions_by_weight
    "services.lambda_svc:_invoke": "ab193779e5c2ea94",
    "services.lambda_svc:_execute_function_with_config_scope": "26a9d5f64e175204",
    # aliases_point_to_versions_that_exist
    "services.lambda_svc:_create_alias": "2fca00d580eb5774",
    "services.lambda_svc:_update_alias": "0017f6b94b062e90",
    "services.lambda_svc:_publish_version": "3bc240a8db5dc832",
    "services.cloudformation.provisioners:_lambda_alias_create": "fc78d215b4c77f8f",
    "services.cloudformation.provisioners:_lambda_alias_routing_config": "33ab6b914df5be74",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


WITHOUT_PATCHES = """
functions = patching.core("services.lambda_svc")
arn = "arn:aws:lambda:us-east-1:000000000000:function:f"
versions = {number: {"config": {"Version": number, "FunctionArn": f"{arn}:{number}"}} for number in ("1", "2")}
functions._functions["f"] = {"config": {}, "versions": versions, "aliases": {}}
print(functions._create_alias("f", {"Name": "live", "FunctionVersion": "9"})[0])  # AWS: 404
functions._functions["f"]["aliases"]["live"].update(
    FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
config = functions._get_func_record_for_ref(f"{arn}:live")[1]
print(config["Version"], config["FunctionArn"].rpartition(":")[2])  # AWS: 2 live
"""


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    assert run_unpatched(tmp_path, WITHOUT_PATCHES) == ["201", "1 1"]
