"""Probes of the engine beneath the patches of resources, Cognito and WebSockets.

As in engine/test_probes.py, each patched function is pinned by a digest of its source. When one fails, read the new
source, decide whether the named patch is still needed and still right, and update the digest.
"""

from pathlib import Path

import pytest

from tools.project.services import discover
from tools.tests.local.probes import digest, run_unpatched

PATCHED: dict[str, str] = {
    # observe
    "services.cloudformation.provisioners:_provision_resource": "3b8f01fb187141b6",
    "services.cloudformation.provisioners:_update_resource": "21b9b1207f59a864",
    "services.cloudformation.provisioners:_delete_resource": "9e9ba54fb4281d65",
    "services.cloudformation.provisioners:_replacing_change": "4ccb54be0a0c9bca",
    # qualify_rules
    "services.cloudformation.provisioners:_eb_rule_create": "f6821fbd1768fb58",
    "services.cloudformation.provisioners:_eb_rule_update": "f59ba9950248abd4",
    "services.cloudformation.provisioners:_eb_rule_delete": "e33e46d8bf2050ea",
    "services.cloudformation.provisioners:_eb_rule_bus_name": "6869e92a48170042",
    # tables_expire_items_and_are_kept
    "services.cloudformation.provisioners:_ddb_create": "277586e016c693bd",
    "services.cloudformation.provisioners:_ddb_update": "0665980ffdd06491",
    "services.cloudformation.provisioners:_physical_name": "aeef5b394ad26e50",
    "services.cloudformation.stacks:_provision_keeping_seed": "4ee168dfaf65da33",
    "services.dynamodb:_update_ttl": "e8243a4fbbb8997d",
    # secrets_are_named_by_arn
    "services.cloudformation.provisioners:_sm_secret_create": "0bae0110fce2f2ba",
    "services.cloudformation.provisioners:_sm_secret_update": "e87220a5ff35a459",
    "services.cloudformation.provisioners:_sm_secret_delete": "4ff615ac828999af",
    "services.secretsmanager:_resolve": "457901fe05e6007c",
    # secrets_are_generated_as_configured
    "services.cloudformation.provisioners:_sm_secret_string": "35e09b8c3f3d4989",
    "services.secretsmanager:_get_random_password": "c69d89e32c9304ca",
    # interrupted_operations_go_on
    "services.cloudformation.stacks:_deploy_stack_async": "34c0aed718d8b61b",
    "services.cloudformation.stacks:_roll_back_operation": "3464033d8f285fe3",
    "services.cloudformation.stacks:_create_stack_task_in_region": "56e8e40df26fae07",
    "services.cloudformation.changesets:_track_change_set_execution": "8c9d748ba4dc97a6",
    # failed_stacks_are_not_updated
    "services.cloudformation.changesets:_create_change_set": "06b31550065c78d5",
    "services.cloudformation.handlers:_update_stack": "6a6a6ca3db0d00d0",
    # a_passed_role_needs_permission
    "services.cloudformation:handle_request": "af2b98f8e97bcb56",
    # roles_of_stacks_have_their_boundary, policies_see_the_boundary, policies_see_the_path_of_a_role
    "services.cloudformation.provisioners:_iam_role_create": "2d7e3d8ec507d448",
    "services.cloudformation.provisioners:_iam_role_update": "4f4039080dc14d49",
    "services.iam:_boundary_policy_error": "f466817738f76834",
    "core.iam_actions:request_tag_context": "d46adb816e024778",
    "core.iam_actions:_query_param": "c540737dbd125bab",
    # change_sets_obey_conditions
    "services.cloudformation.changesets:_resolve_props_for_diff": "b0f1a995e91fdb78",
    # deleted_stacks_are_listed_with_their_resources
    "services.cloudformation.stacks:_delete_stack_async": "910363eef2d9f026",
    "services.cloudformation.handlers:_resolve_stack": "4f50b42437d86631",
    # the_sam_transform_knows_the_parameters, a_null_is_refused, transforms_need_the_rights_of_the_role
    "services.cloudformation.engine:_apply_transforms": "d3f0e05e08db154a",
    "services.cloudformation.engine:_transform_parameters": "71639a086e767b34",
    # resource types
    "services.eventbridge:_create_archive": "e6dd5c7fb01eed96",
    "services.eventbridge:_update_archive": "4c1dec7d1a4c20b0",
    "services.eventbridge:_delete_archive": "ee7c112d81570734",
    "services.eventbridge:_list_archives": "4cdd2d90167aae61",
    "services.eventbridge:_describe_event_bus": "831b0ac1b2ef05b9",
    "services.eventbridge:_event_bus_name_from_ref": "c8c5c6a530b76efb",
    "services.cloudwatch:_put_composite_alarm": "d1c8174c3d5b96fb",
    "services.cloudwatch:_delete_alarms": "5f8a0651d9764fe9",
    # add_service
    "app:_registry_state_map": "baa8ed1a114439f8",
    "core.router:detect_service": "fd156fac4b5ddc67",
    "core.iam_actions:extract_iam_action": "ec476b92d969822b",
    "core.iam_actions:extract_resource_arn": "82f51700695c62fd",
    # some_operations_take_no_credentials
    "core.iam_evaluator:_served_unsigned": "dbef83291c9a4d62",
    # service_may_invoke, run_function
    "core.iam_evaluator:evaluate_resource_policy": "e49ce7161ad63e35",
    "services.lambda_svc:function_policy_for_arn": "25326cb5e1560cf6",
    "services.lambda_svc:_get_func_record_for_ref": "492b4efe8f903a0f",
    "services.lambda_svc:_execution_record_for_config": "632acaa44892bdae",
    "services.lambda_svc:_execute_function_with_config_scope": "26a9d5f64e175204",
    # Cognito's triggers
    "services.cognito:_run_idp_handler": "85681acebd624562",
    "services.cognito:_apply_presignup_trigger": "3a8e61e0cad368cc",
    "services.cognito:_validate_password": "223b46f71a0e5978",
    "services.cognito:_sign_up": "7c18b40cc0808ff8",
    "services.cognito:_send_verification_email": "bceed599b45c0f9e",
    "services.cognito:_masked_destination": "0e45b22e946a9aa5",
    "services.cognito:_resend_confirmation_code": "4a657342dd8d4636",
    "services.cognito:_forgot_password": "2c3b97e277d599ff",
    "services.cognito:_hides_user_existence": "f3a7b929f772e98a",
    "services.cognito:_code_delivery_response": "8975ea422710bbf9",
    "services.cognito:_confirmation_code_error": "8b04e994a0c45b11",
    "services.cognito:_admin_create_user": "b6be9f9333ac6842",
    "services.cognito:_confirm_sign_up": "e9557b08401a1b81",
    "services.cognito:_admin_confirm_sign_up": "e466a78787df6fd5",
    "services.cognito:_confirm_forgot_password": "7f65a9b7d622675c",
    "services.cognito:_initiate_auth": "df32da882d664732",
    "services.cognito:_admin_initiate_auth": "fe990340921ce3c5",
    "services.cognito:_build_auth_result": "ff9c8d0d9f5a07f9",
    "services.cognito:_username_alias_attribute": "be2c52ba86f67985",
    "services.cognito:_pool_for_client": "ac0cf21281822221",
    "services.cognito:_resolve_user": "005b45b0326d511c",
    "services.cognito:_update_user_attributes": "f2dcbe6711fd7b22",
    "services.cognito:_admin_update_user_attributes": "97a3aa75318e6f1f",
    "services.cognito:_user_pool_for_access_token": "e0126455e8b401f7",
    "services.cognito:_ensure_schema_attributes": "3baa03042905703d",
    "services.cognito:_dispatch_idp": "eff61c61ce4d793c",
    "services.cognito:_deliver_cognito_email": "ab26c35cdb68bd1e",
    "services.cognito:_resolve_verification_template": "148d20755d5b7993",
    # WebSocket APIs
    "services.apigateway:_create_deployment": "2620b8b7f04b4fbc",
    "services.apigateway:handle_websocket": "6d609b2db6a0147d",
    "services.apigateway:_match_ws_route": "6383e2dc14cdc62b",
    "services.apigateway:_refuse_ws_handshake": "2e33e15c084bc0dc",
    "services.apigateway:_authorize_ws_iam": "0c38a242ae0d3bc4",
    "services.apigateway:_evaluate_route_selection": "b830318e61ab9b64",
    "services.apigateway:_ws_request_context": "e390977481e01074",
    "services.apigateway:_ws_connect_fields": "104417719d1c95a1",
    "services.apigateway:_invoke_ws_lambda": "a80872394b0b55f3",
    "services.apigateway:_extract_lambda_ref_from_integration_uri": "9454805a7592f641",
    "services.apigateway:_api_owner": "7e9ba52001c2f5c5",
}


@pytest.mark.parametrize("function", PATCHED)
def test_the_source_of_a_patched_function_is_unchanged(function: str) -> None:
    assert digest(function, PATCHED) == PATCHED[function]


def test_what_we_add_is_still_missing_in_the_engine(tmp_path: Path) -> None:
    """When one of these fails, the engine has added the feature: remove ours."""
    script = """
provisioners = patching.core("services.cloudformation.provisioners")
print(sorted(provisioners._RESOURCE_HANDLERS.keys() & set(sys.argv[2:])))
print("schemas" in patching.core("app").SERVICE_REGISTRY)
print("TimeToLiveSpecification" in inspect.getsource(provisioners._ddb_create))
print("PostConfirmation" in inspect.getsource(patching.core("services.cognito")))
print("VerifyUserAttribute" in inspect.getsource(patching.core("services.cognito")))
"""
    ours = (
        "AWS::ApiGatewayV2::Deployment",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CodeCommit::Repository",
        "AWS::CodeConnections::Connection",
        "AWS::CodePipeline::Pipeline",
        "AWS::CodeStarNotifications::NotificationRule",
        "AWS::EventSchemas::Registry",
        "AWS::EventSchemas::RegistryPolicy",
        "AWS::EventSchemas::Schema",
        "AWS::Events::Archive",
        "AWS::Events::EventBusPolicy",
    )
    assert run_unpatched(tmp_path, script, *ours) == ["[]", "False", "False", "False", "False"]


def test_the_engine_expands_our_templates_as_we_do(tmp_path: Path) -> None:
    script = """
from tools.project.documents import read_yaml
from tools.project.services import read_template
extensions = patching.core("services.cloudformation.language_extensions")
def plain(node):
    if isinstance(node, dict):
        text = node.get("Fn::Sub", "${")
        return text if "${" not in str(text) else {key: plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, list) else node
for name in sys.argv[2:]:
    theirs = extensions.apply(read_yaml(Path(name)), {})
    ours = read_template(Path(name))
    print(all(plain(theirs.get(section)) == plain(ours.get(section)) for section in ("Conditions", "Resources")))
"""
    templates = [str(service.template_path) for service in discover().values()]
    assert set(run_unpatched(tmp_path, script, *templates)) == {"True"}
