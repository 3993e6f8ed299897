"""A secret in Secrets Manager: read once per execution environment, and again after a rotation. Never logged."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Secret(Protocol):
    def read(self) -> str: ...
    def forget(self) -> None:
        """For a service that does not accept the secret any more."""


class StoredSecret:
    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client = client
        self._arn = arn
        self._value: str | None = None

    def read(self) -> str:
        if self._value is None:
            self._value = self._client.get_secret_value(SecretId=self._arn)["SecretString"]
        return self._value

    def forget(self) -> None:
        """The next `read` asks Secrets Manager again."""
        self._value = None
