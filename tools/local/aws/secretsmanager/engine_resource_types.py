"""AWS::SecretsManager::Secret where the engine differs from AWS."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    OwnRef,
    Properties,
    ResourceFailed,
    ref_is_arn,
    register,
    resource_type,
)
from tools.local.engine.patching import core, patch, service

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - the name of a type
_FLAGS = (
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "RequireEachIncludedType",
)


def _name(arn: str) -> str:
    return str(service("secretsmanager")._resolve(arn)[0] or arn)


@patch
def secrets_are_named_by_arn() -> None:
    """`Ref` of a secret is its ARN on AWS. The engine's is the name, which its functions expect."""
    register(SECRET, OwnRef(resource_type(SECRET), ref_is_arn, _name))


@patch
def secrets_are_generated_as_configured() -> None:
    """A generated secret has the characters that the template allows and cannot be guessed. The engine knows only
    length and excluded characters, and uses a predictable random generator."""
    provisioners = core("services.cloudformation.provisioners")
    declared = provisioners._sm_secret_string

    def secret_string(properties: Properties) -> str:
        requested = properties.get("GenerateSecretString")
        if not requested or properties.get("SecretString"):
            return str(declared(properties))
        wanted: dict[str, Any] = {"PasswordLength": int(requested.get("PasswordLength", 32))}
        wanted |= {name: str(requested[name]).lower() == "true" for name in _FLAGS if requested.get(name) is not None}
        wanted |= {"ExcludeCharacters": str(requested.get("ExcludeCharacters", ""))}
        status, _, body = service("secretsmanager")._get_random_password(wanted)
        answer = json.loads(body)
        if status != 200:
            raise ResourceFailed(str(answer.get("message") or answer.get("Message") or answer))
        generated = str(answer["RandomPassword"])
        template, key = requested.get("SecretStringTemplate"), requested.get("GenerateStringKey")
        return json.dumps({**json.loads(template), key: generated}) if template and key else generated

    provisioners._sm_secret_string = secret_string
