"""Probes of the engine beneath the patches of CloudWatch Logs: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

# A function of the engine -> the digest of its source. The comments name the patches that rely on it.
PATCHED = {
    # filter_patterns_select_what_aws_documents
    "services.cloudwatch_logs:_compile_filter_pattern": "2568f38b56143b81",
    "services.cloudwatch_logs:_subscription_pattern_matches": "e29009b58150a9c7",
    "services.cloudwatch_logs:_put_metric_filter": "f32105a1de44a62d",
    "services.cloudwatch_logs:_put_subscription_filter": "69fdaa27a61e3e47",
    "services.cloudwatch_logs:_start_live_tail": "e73f2f0d9c45bc5f",
    # filtered_events_come_in_pages
    "services.cloudwatch_logs:_filter_log_events": "9b3d13c713b5d3cb",
    "services.cloudwatch_logs:_resolve_log_group_name": "e4ca3d9dcf22e065",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


WITHOUT_PATCHES = """
logs = patching.core("services.cloudwatch_logs")
everything = logs._compile_filter_pattern('{ $.level = "ERROR" }')
print(everything("plain text"), logs._compile_filter_pattern("?ERROR ?noted")("an ERROR"))
"""


def test_the_engine_alone_takes_every_line_for_json_and_none_for_optional_terms(tmp_path: Path) -> None:
    assert run_unpatched(tmp_path, WITHOUT_PATCHES) == ["True False"]
