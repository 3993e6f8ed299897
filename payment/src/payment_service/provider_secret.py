"""The merchant's secret: read once per execution environment, never logged."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


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


class NoSecret:
    """For a function that only checks holds, which needs no secret."""

    def read(self) -> str:
        raise RuntimeError("this function has no secret: it can only check holds")

    def forget(self) -> None:
        """Does nothing."""
