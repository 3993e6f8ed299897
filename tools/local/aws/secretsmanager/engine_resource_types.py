"""Secrets that a template makes."""

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
    """A secret whose `Ref` is its ARN, as on AWS; the engine gives its name, and wants it back."""

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
    """Restore what AWS's `Ref` of a secret is; see `_NamedByArn`."""
    register(SECRET, _NamedByArn(resource_type(SECRET)))


@patch
def secrets_are_generated_as_asked() -> None:
    """A generated secret has the kinds of characters that the template admits, and nobody can guess it; the engine
    knows but length and excluded characters, and rolls dice that can be foretold."""
    provisioners = core("services.cloudformation.provisioners")
    declared = provisioners._sm_secret_string

    def secret_string(properties: Properties) -> str:
        asked = properties.get("GenerateSecretString")
        if not asked or properties.get("SecretString"):
            return str(declared(properties))
        wanted: dict[str, Any] = {"PasswordLength": int(asked.get("PasswordLength", 32))}
        wanted |= {name: str(asked[name]).lower() == "true" for name in _FLAGS if asked.get(name) is not None}
        wanted |= {"ExcludeCharacters": str(asked.get("ExcludeCharacters", ""))}
        status, _, body = service("secretsmanager")._get_random_password(wanted)
        answer = json.loads(body)
        if status != 200:
            raise ResourceFailed(str(answer.get("message") or answer.get("Message") or answer))
        generated = str(answer["RandomPassword"])
        template, key = asked.get("SecretStringTemplate"), asked.get("GenerateStringKey")
        return json.dumps({**json.loads(template), key: generated}) if template and key else generated

    provisioners._sm_secret_string = secret_string
