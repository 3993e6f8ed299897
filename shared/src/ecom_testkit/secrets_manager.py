"""A fake client of Secrets Manager with one secret, which tests rotate."""

from typing import Any


class SecretsManager:
    def __init__(self) -> None:
        self.value, self.reads = "first", 0

    def get_secret_value(self, **request: Any) -> dict[str, str]:
        assert request == {"SecretId": "arn"}
        self.reads += 1
        return {"SecretString": self.value}
