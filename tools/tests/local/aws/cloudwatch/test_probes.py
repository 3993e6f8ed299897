"""Probes of the engine beneath the patches of metrics and alarms: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

# A function of the engine -> the digest of its source. The comments name the patches that rely on it.
PATCHED = {
    # metrics_are_aggregated
    "services.cloudwatch:_store_datum": "e0194e701d568f0d",
    "services.cloudwatch:record_metric": "7f777bfbe523a0c5",
    "services.cloudwatch:_evict_old_metrics": "cf47bc1522ad839b",
    "services.cloudwatch:_put_metric_data": "e46b3314d311faff",
    "services.cloudwatch:_list_metrics": "2464a5f77c2813ab",
    "services.cloudwatch:_get_metric_statistics": "332ec61708c8a90e",
    "services.cloudwatch:_get_metric_data": "bf6a8e1132a2230c",
    "services.cloudwatch:get_state": "a5b5ec456bb6c2e7",
    "services.cloudwatch:_restore_state": "4f43e622e818821c",
    # every_invocation_is_measured_once
    "services.lambda_svc:_execute_function_dispatch": "f62cd259213ecef7",
    "services.lambda_svc:_execute_function": "3ceb16d6480a2161",
    "services.lambda_svc:_emit_lambda_metrics": "3b6689d77cf6f1e4",
    # metrics_in_logs_are_extracted
    "services.lambda_svc:_emit_lambda_logs": "111efbf06968bb20",
    "services.cloudwatch_logs:_put_log_events": "acd4fda33a3857d7",
    # sample_queues
    "services.sqs:_refresh_counts": "5d0fb7b342d2d050",
    # alarms_are_evaluated_as_documented, alarms_that_cannot_be_served_are_refused,
    # templates_may_have_all_of_an_alarm
    "services.cloudwatch:_evaluate_alarm": "a0b0acd3d432b711",
    "services.cloudwatch:_evaluate_all_alarms": "f83f88e57f1ccfc9",
    "services.cloudwatch:_dispatch_alarm_actions": "fcf47c0d1e6ec4a0",
    "services.cloudwatch:_set_alarm_state": "0fa9fef3bd1834a5",
    "services.cloudwatch:_evaluate_parent_alarms": "24a65a9e43d5d488",
    "services.cloudwatch:_transition_composite": "b990e25bf465ac9a",
    "services.cloudwatch:_record_history": "c5890b06e5c82d3d",
    "services.cloudwatch:_put_metric_alarm": "953a67ff4bb1ee4b",
    "services.cloudwatch:cloudformation_put_metric_alarm": "8cb1178b326d33f7",
    "services.cloudformation.provisioners:_cw_metric_alarm_record": "4565fcede1ebf266",
    "services.sns:publish_internal": "f979fc53e1eb274f",
    "services.sns:_topic_by_arn_any_scope": "419963ad2e7d9a6b",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


WITHOUT_PATCHES = """
import json, time
cloudwatch, logs = patching.core("services.cloudwatch"), patching.core("services.cloudwatch_logs")
alarm = {"AlarmName": "a", "Namespace": "N", "MetricName": "m", "Threshold": 1, "Statistic": "Sum", "Period": 60,
         "ComparisonOperator": "GreaterThanOrEqualToThreshold", "EvaluationPeriods": 3, "DatapointsToAlarm": 3,
         "Dimensions": [{"Name": "d", "Value": "1"}], "TreatMissingData": "breaching",
         "EvaluateLowSampleCountPercentile": "ignore"}
cloudwatch._put_metric_alarm({}, alarm, False, True)
state = lambda: cloudwatch._alarms["a"]["StateValue"]
print(state())  # AWS: missing data breaches
print("EvaluateLowSampleCountPercentile" in cloudwatch._alarms["a"])
cloudwatch._put_metric_data({}, {"Namespace": "N", "MetricData": [
    {"MetricName": "m", "Dimensions": [{"Name": "d", "Value": "another"}], "Value": 5}]}, False, True)
print(state())  # AWS: another metric, and one period of three
logs._create_log_group({"logGroupName": "g"})
logs._create_log_stream({"logGroupName": "g", "logStreamName": "s"})
line = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
    {"Namespace": "Logged", "Dimensions": [[]], "Metrics": [{"Name": "n"}]}]}, "n": 1}
events = [{"timestamp": int(time.time() * 1000), "message": json.dumps(line)}]
logs._put_log_events({"logGroupName": "g", "logStreamName": "s", "logEvents": events})
print(any(key[0] == "Logged" for key in cloudwatch._metrics.keys()))
print("olicy" in inspect.getsource(cloudwatch._dispatch_alarm_actions))
try:
    patching.core("services.cloudformation.provisioners")._cw_metric_alarm_record("a", {"Metrics": [{"Id": "m"}]})
except ValueError as refused:
    print("metric math" in str(refused))
"""


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    assert run_unpatched(tmp_path, WITHOUT_PATCHES) == ["INSUFFICIENT_DATA", "False", "ALARM", "False", "False", "True"]
