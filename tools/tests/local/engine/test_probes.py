"""Probes of the engine beneath our patches.

Each patched function of the engine is pinned by a digest of its source. When a probe fails, the engine has changed
there: read the new source, decide whether the named patch is still needed and still right, and update the digest (the
message shows it). Other tests check the behaviour; the probes check the assumptions of the patches.
"""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

# A function of the engine -> the digest of its source. The comments name the patches that rely on it.
PATCHED = {
    # no_key_is_root
    "core.iam_evaluator:is_root_access_key": "e6ae3b63335593c0",
    "core.iam_evaluator:_is_root_key": "6d4c5eed6ad65f6a",
    "core.iam_evaluator:resolve_credential": "32276bd395ef6a6a",
    "core.iam_evaluator:authenticate": "42c3660c401bdfa7",
    "core.iam_evaluator:pin_signed_request": "7fbb21e6b82f7fbd",
    # take_role
    "services.sts:register_session": "a84ec986ec012146",
    "core.iam_evaluator:evaluate_trust_policy": "4b50aa29ad29fe20",
    "core.iam_evaluator:evaluate_resource_policy": "e49ce7161ad63e35",
    # sessions_have_the_arn_of_their_role
    "core.iam_evaluator:_resolve_condition_key": "15e26964cd38f32c",
    # no_image_registry
    "app:_is_ecr_registry_path": "4a808fbbe36c06dc",
    # a_declared_body_hash_must_be_true
    "core.sigv4:header_signature_failure": "5661f4d2d78e43e6",
    # role_credentials_are_random
    "core.lambda_runtime:execution_credentials": "cffaadc4f396f6e4",
    # ensure_administrator
    "services.iam:_create_user": "c9a9507d283ac299",
    "services.iam:_create_access_key": "c0743d260009f0e4",
    "services.iam:_attach_user_policy": "d003b83117884401",
    # policies_see_source_and_detail_type
    "core.iam_evaluator:enforce": "cf64b1ee5b099c8f",
    "core.iam_actions:request_tag_context": "d46adb816e024778",
    "core.iam_actions:eventbridge_resource_arns": "0615291c4d9bbe53",
    "app:_dispatch_service_request": "17e5ef6dcfa0d4e6",
    # functions_see_what_aws_gives
    "core.lambda_runtime:_worker_class_for": "b5a23849280af819",
    "core.lambda_runtime:acquire_worker": "5017d144adb5b983",
    "core.lambda_runtime:kill_workers": "56a6df63f9bd4859",
    "core.lambda_runtime:reap_idle_workers": "d0e5aa7c2b5902ae",
    "services.lambda_svc:_execute_function_warm": "62b9218bef5b948a",
    "services.lambda_svc:_execute_function_dispatch": "f62cd259213ecef7",
    # payloads_are_json_of_a_bounded_size
    "services.lambda_svc:handle_request": "f2255bfe6f90ab0a",
    # the front's BACK_DOORS
    "app:_handle_pre_body_request": "827a7ae1d52694b6",
    "app:_handle_post_body_shortcuts": "950ae5cb53a4d007",
    # integrations with Step Functions
    "services.apigateway_v1:_put_integration": "fd1a612acd0155a1",
    "services.apigateway_v1:_put_integration_response": "128fe607f6c482fb",
    "services.apigateway_v1:_invoke_lambda_custom_v1": "79d47dae9d0003dd",
    "services.apigateway_v1:_select_service_integration_response": "a1aaae14dca30eda",
    "services.apigateway_v1:_check_passthrough_behavior": "b978763f7ce85b4e",
    "services.apigateway_v1:_execute_in_scope": "2ae72b7d5eb64690",
    # REST
    "services.apigateway_v1:_import_rest_api": "ef72f9312702dbb3",
    "services.apigateway_v1:_import_path_item": "5634327444432ccd",
    "services.apigateway_v1:_import_operation": "ca6b0dd9dcf2c8f1",
    "services.cloudformation.provisioners:_apigw_rest_api_update": "9dee2ef4d9518845",
    "app:_enforce_execute_api": "41e437c7b90d9878",
    "services.apigateway_v1:_check_request_validation": "9605a07a083f3c7c",
    "services.apigateway_v1:_gateway_error_response": "c0a3f091df36886a",
    "services.apigateway_v1:_lambda_proxy_response": "3a5b91b76870782b",
    "services.apigateway_v1:_invoke_mock_v1": "20f819eee1f9c8bc",
    "services.apigateway_v1:_invoke_lambda_proxy_v1": "5651a96fa7ba1ad6",
    # engine_authorizers
    "services.apigateway_v1:_validate_cognito_authorizer": "11c3eaecec67f270",
    "services.apigateway_v1:_cognito_token_from_request": "84b39a01352f700c",
    "services.apigateway_v1:_stringify_claims": "5c1785a18bd06450",
    # engine_keys
    "services.apigateway_v1:_create_api_key": "754711bfbaf5b2d9",
    "services.apigateway_v1:handle_request": "5c8aba9f1a888c74",
    "services.apigateway_v1:_update_api_key": "10ef37f1cb2bca18",
    "services.apigateway_v1:_delete_api_key": "6ec02f4b2a5dd6cb",
    "services.apigateway_v1:_create_usage_plan": "56fd143f53b1f538",
    "services.apigateway_v1:_update_usage_plan": "a56a7e60d55513ed",
    "services.apigateway_v1:_create_usage_plan_key": "46e1fadd85da2476",
    "services.apigateway_v1:_delete_usage_plan_key": "a413835051486a8f",
    "services.apigateway_v1:_usage_plans_for_key": "239d6d7eb087e343",
    "services.apigateway_v1:_check_api_key": "e7df68848ea11362",
    "services.apigateway_v1:_build_lambda_event_v1": "c7ac97b91f6ee999",
    # a_deployment_captures_the_api, a_stage_serves_its_deployment
    "services.apigateway_v1:_create_deployment": "cf248c888e1fa3d7",
    "services.apigateway_v1:handle_execute": "c44e927a3e336b6c",
    "services.apigateway_v1:method_authorization_type": "52ee214fcf75c3bc",
    "services.apigateway_v1:_match_resource_tree": "f07f88e8b49c59e8",
    "services.apigateway_v1:_match_greedy_fallback": "6ac79d39cdb9fe72",
    "services.apigateway_v1:_model_schema": "02fcfcaac7b38181",
    "services.apigateway_v1:_authorize_request_v1": "46b3fe37fe98f765",
    # user_names_ignore_case
    "services.cognito:_resolve_user": "005b45b0326d511c",
    # unchanged_resources_of_nested_stacks_keep_their_attributes
    "services.cloudformation.provisioners:_update_resource": "21b9b1207f59a864",
    "services.cloudformation.provisioners:_cfn_nested_stack_deploy": "66d29efafd8a6e02",
    # state
    "app:_build_persistence_save_dict": "9a6393cc953d2f67",
    "app:_load_persisted_state": "03de3b870e8f811f",
    "app:_handle_lifespan": "0daf4cf135cf3cb4",
    "core.persistence:save_all": "ea253a04fd05447b",
    "core.persistence:_json_default": "495d9abe01cbca19",
    "services.lambda_svc:get_state": "fbae0860de48c568",
    "services.lambda_svc:_write_code_blob": "69a68bb703da7164",
    "services.lambda_svc:_prune_orphan_code_blobs": "9663ac4e986d1673",
    # pages_cost_what_they_read, partitions_stay_in_order, indexes_lag_behind_their_table, written_items_are_recorded
    "services.dynamodb:_scan": "7094ff00335eb104",
    "services.dynamodb:_query": "50c2e7ec69e93ea3",
    "services.dynamodb:_set_item": "4e78ad492132cdba",
    "services.dynamodb:_remove_item": "5cce50c99688dab8",
    "services.dynamodb:_items_replaced": "b48626c371f77c18",
    "services.dynamodb:_index_members": "0cb24364f003cd28",
    "services.dynamodb:_index_item": "72c4575bce2764be",
    "services.dynamodb:_index_partition": "67cf1c5bf0d458f2",
    "services.dynamodb:_index_order_keys": "4428816c83c94eed",
    "services.dynamodb:_index_order_value": "abc461692ef9678e",
    "services.dynamodb:_key_condition_clauses": "51cf95b535aa5d6e",
    "services.dynamodb:_tokenize": "6abb13395c3ee7b6",
    "services.dynamodb:_sort_key_value": "b88bd5d90e1fb12c",
    "services.dynamodb:_paginate_evaluated_items": "d70cfb58e3a279c9",
    # transactions_conflict
    "services.dynamodb:handle_request": "1201f2ac993ce1a0",
    # READ_IN_PLACE: these must not change what they read
    "services.dynamodb:get_state": "ce90690a6033950f",
    "services.cloudwatch_logs:get_state": "969fbca606beb6e6",
    "services.sqs:get_state": "759c348b6e841407",
    "services.eventbridge:get_state": "0a54a5355ce43aba",
    "services.iam:get_state": "f906a0718ad79f12",
    "services.cloudformation:get_state": "28c9536dcdf0e0c0",
    "services.apigateway_v1:get_state": "abb8d6099d37d9ad",
    "services.cognito:get_state": "108d5eb9b36cee2b",
    "services.sns:get_state": "a877564518a2a9d3",
    "services.ssm:get_state": "86163cba3ef5e54a",
    "services.apigateway:get_state": "9f6dde1649a45b81",
    "services.appsync:get_state": "100d979adcbeead3",
    "services.secretsmanager:get_state": "b83bbaed96424705",
    "services.lambda_svc:_externalize_code_zip": "dbb8394c8229bee3",
    # lists whose entries never change, and grow at the end
    "services.dynamodb:_emit_stream_event": "8568d0446f26eaba",
    "services.dynamodb:_trim_stream_records": "43f62f181df024ec",
    "services.eventbridge:_archive_event": "e4ec52f03a327e99",
    "services.cloudwatch_logs:_append_log_events": "e47cae7a15a4cc46",
    "services.cloudwatch_logs:_build_log_record": "ae31e3cf1eade521",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    script = """
evaluator = patching.core("core.iam_evaluator")
print([evaluator.is_root_access_key(key) for key in ("test", "123456789012", "")])
print(patching.core("core.lambda_runtime").execution_credentials.__module__.startswith("ministack"))
config = {"FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f", "Role": "arn:aws:iam::0:role/r"}
credentials = patching.core("core.lambda_runtime").execution_credentials
print(credentials(config) == credentials(config))
runtime = patching.core("core.lambda_runtime")
print(inspect.signature(runtime.Worker._drain_stderr_bounded).parameters["first_line_wait"].default)
print("x-amazon-apigateway-any-method" in patching.core("services.apigateway_v1")._OPENAPI_HTTP_METHODS)
"""
    assert run_unpatched(tmp_path, script) == ["[True, True, True]", "True", "True", "0.05", "False"]
