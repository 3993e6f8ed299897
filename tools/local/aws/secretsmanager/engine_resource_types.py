"""AWS::SecretsManager::Secret where the engine differs from AWS."""

import json
from dataclasses import dataclass
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
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


@dataclass(frozen=True)
class _NamedByArn:
    """A secret whose `Ref` is its ARN, as on AWS. The engine's `Ref` is the name, which its functions expect."""

    handler: dict[str, Any]

    @staticmethod
    def _name(physical_id: str) -> str:
        found = service("secretsmanager")._resolve(physical_id)[0]
        return str(found or physical_id)

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        _, attributes = self.handler["create"](logical_id, properties, stack)
        return str(attributes["Arn"]), attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        _, attributes = self.handler["update"](self._name(physical_id), old, new, stack, logical_id)
        return str(attributes["Arn"]), attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self.handler["delete"](self._name(physical_id), properties)


@patch
def secrets_are_named_by_arn() -> None:
    """Restore AWS's `Ref` of a secret; see `_NamedByArn`."""
    register(SECRET, _NamedByArn(resource_type(SECRET)))


@patch
def secrets_are_generated_as_asked() -> None:
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
