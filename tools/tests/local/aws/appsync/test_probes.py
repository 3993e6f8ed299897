"""Probes of the engine beneath the AppSync patches: see tools/tests/local/engine/test_probes.py."""

from pathlib import Path

import pytest

from tools.tests.local.probes import digest, run_unpatched

USED = {
    # EngineCloud: the engine's records
    "services.appsync:_create_data_source": "261b8134fbc8c1c5",
    "services.appsync:_create_api_key": "031941c548f47513",
    "services.appsync:_update_api_key": "0522387603061514",
    "services.cloudformation.provisioners:_appsync_api_members": "914d6d5a072281f3",
    "services.cognito:_pool_signing_key": "b59ea2d086564e31",
    "services.cognito:_fake_token": "7e26f28e0883ae87",
    "services.cognito:_signed_jwt": "b9dfceb8b4398de1",
    # SignatureChecks and RolePermissions
    "core.iam_evaluator:pin_signed_request": "7fbb21e6b82f7fbd",
    "core.iam_evaluator:pin_signed_body": "50e092f17dc15ebf",
    "core.iam_evaluator:authenticate": "42c3660c401bdfa7",
    "core.iam_evaluator:resolve_principal": "b6c6131e24bf22f0",
    "core.iam_evaluator:resolve_caller_identity": "d3b70cb836773b16",
    "core.iam_evaluator:evaluate": "2a5dd6932d1aca6a",
    "core.iam_evaluator:_gather_role_policies": "d83d1661b86595ac",
    "core.iam_evaluator:_permissions_boundary": "55c125bd0cf5cfe7",
    "core.iam_evaluator:_conditions_met": "15b4c24a03e3ff17",
    # LambdaCalls
    "services.lambda_svc:_invoke": "ab193779e5c2ea94",
    # resolvers_are_checked_when_made, schemas_are_compiled_when_made
    "services.appsync:_create_resolver": "a212f9898dd18924",
    "services.appsync:_update_resolver": "e1bdca5a6315e0ea",
    "services.appsync:_start_schema_creation": "432b932b2d4c680c",
    # unsupported_configurations_are_refused, stacks_fail_with_a_reason
    "services.appsync:_create_graphql_api": "e27f25c75d002fc2",
    "services.appsync:_update_graphql_api": "653623fbd553aa44",
    "services.appsync:_update_data_source": "a1cafe5bd18c3510",
    "services.appsync:_create_function": "0570530b6bde1409",
    "services.cloudformation.provisioners:_appsync_ds_create": "13fcaea27b3b3894",
    "services.cloudformation.provisioners:_appsync_function_create": "d3652e1b3834e223",
    # the_engines_data_plane_is_closed
    "services.appsync:handle_request": "847d2a04c7faf8cf",
    "services.appsync:_execute_graphql": "c4affda79bbe5793",
    # templates_fail_with_the_reason, api_keys_have_aws_form, ref_of_an_api_is_its_arn
    "services.cloudformation.provisioners:_appsync_schema_create": "a4dc7551a5ae3fc4",
    "services.cloudformation.provisioners:_appsync_resolver_create": "135a824c176620f0",
    "services.cloudformation.provisioners:_appsync_apikey_create": "7d7cc3701bd927ea",
    "services.cloudformation.provisioners:_appsync_apikey_update": "06be0390ef7d1454",
    "services.cloudformation.provisioners:_appsync_api_create": "f147bbcc08b49e6c",
    "services.cloudformation.provisioners:_appsync_api_update": "c89fac3bf7845f93",
    "services.cloudformation.provisioners:_appsync_api_delete": "bcfd902032d187c9",
    "services.s3:_get_object_data": "8735d1f5e3313076",
    # engine_api_cache
    "services.appsync:_validate_cache_request": "ed06e4f187ea68b1",
    "services.appsync:_create_api_cache": "0c2430e37dd421ea",
    "services.appsync:_update_api_cache": "af5909a1177d7d59",
    "services.appsync:_delete_api_cache": "3721d0db577126b4",
}

# The behaviour without the patches: an unknown field, code and schema are accepted, a forged token is accepted, a key
# is short, `Ref` is the id, the template's locations are not read, and unsupported configurations can be created.
WITHOUT_PATCHES = """
import json
appsync, provisioners = patching.core("services.appsync"), patching.core("services.cloudformation.provisioners")
ref, attributes = provisioners._appsync_api_create("Api", {"Name": "a", "AuthenticationType": "API_KEY"}, "s")
print(ref == attributes["ApiId"])
print(len(provisioners._appsync_apikey_create("Key", {"ApiId": ref}, "s")[0]))
print(appsync._create_resolver(ref, "Query", {"fieldName": "nope", "code": "nonsense"})[0])
print(appsync._start_schema_creation(ref, {"definition": "type Query { a: Nope }"})[0], appsync._schemas[ref]["status"])
record = {"authenticationType": "AMAZON_COGNITO_USER_POOLS"}
print(appsync._request_is_authenticated(ref, record, {"authorization": "Bearer forged"}))
print([name for name in provisioners._APPSYNC_RESOLVER_MEMBERS if "S3" in name])
print(appsync._create_data_source(ref, {"name": "web", "type": "HTTP"})[0])
print(appsync._create_graphql_api({"name": "b", "authenticationType": "OPENID_CONNECT"})[0])
print(appsync._create_function(ref, {"name": "f", "dataSourceName": "web"})[0])
"""


@pytest.mark.parametrize("function", USED)
def test_the_function_is_the_known_one(function: str) -> None:
    assert digest(function, USED) == USED[function]


def test_what_the_patches_restore_is_still_wrong_without_them(tmp_path: Path) -> None:
    """When this fails, the engine behaves as AWS does: remove the patch."""
    assert run_unpatched(tmp_path, WITHOUT_PATCHES) == [
        "True",
        "8",
        "200",
        "200 SUCCESS",
        "True",
        "[]",
        "200",
        "200",
        "200",
    ]
