"""Probes of the engine beneath the patches of CloudFront: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

PATCHED: dict[str, str] = {
    # a_distribution_has_a_port
    "services.cloudfront:_new_distribution_domain": "0bddc7d6b4e875aa",
    "services.cloudformation.provisioners:_cf_distribution_create": "6a10af629ef26055",
    "services.cloudformation.provisioners:_cf_distribution_update": "7bcd001924855116",
    "services.cloudformation.provisioners:_cf_distribution_delete": "2f6d51e8c11c27a5",
    "services.cloudfront:_create_distribution": "d17e66f3ce16c85c",
    "services.cloudfront:_delete_distribution": "ce37056006cd5b46",
    # only_allowed_methods_are_served
    "services.cloudfront:_check_allowed_methods": "fe2b8b761fd50fa8",
    # a_behavior_has_its_compression
    "services.cloudfront:_dataplane_behavior": "ccb8d22a25695eac",
    # functions_run_in_our_node
    "core.cloudfront_js:evaluate": "1096d60fb679348e",
    "core.node_pool:_Worker": "6877b6604cc21982",
    # results_of_functions_are_validated
    "services.cloudfront:_run_function": "209b3fc7c342f73f",
    # code_has_a_largest_size
    "services.cloudfront:_cf_decode_function_code": "18798c7ee7e709af",
    "services.cloudformation.provisioners:_cf_function_body": "ef0f7d27d623f5c1",
    # answers_are_kept
    "services.cloudfront:handle_viewer_request": "986c135cbc35de36",
    "services.cloudfront:_fetch_from_origin": "11c0079215ffa507",
    "services.cloudfront:_forwarding_predicates": "624adf2524cdb44d",
    "services.cloudfront:_add_cloudfront_headers": "80361ef1b1c9e65e",
    "services.s3:serve_cloudfront_origin_fetch": "a0742d203d91093d",
    # invalidations_clear_the_cache
    "services.cloudfront:_create_invalidation": "801254ce55551afa",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    script = """
cloudfront = patching.core("services.cloudfront")
print("name", cloudfront._new_distribution_domain().endswith(".cloudfront.net"))
print("methods", cloudfront._check_allowed_methods({"allowed_methods": None}, "DELETE"))
print("cache", "Hit from cloudfront" in inspect.getsource(cloudfront))
print("compression", "gzip.compress" in inspect.getsource(cloudfront))
print("node", patching.core("core.node_pool")._NODE_BINARY)
print("size", cloudfront._cf_decode_function_code("QUJD" * 10_000)[1])
print("validation", "502" in inspect.getsource(cloudfront._run_function))
"""
    expected = ["name True", "methods None", "cache False", "compression False"]
    assert run_unpatched(tmp_path, script) == [*expected, "node node", "size None", "validation False"]
