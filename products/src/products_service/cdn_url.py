"""Where managed pictures are served: the parameter that *pictures* publishes.

It is read at run time, not when the stack is deployed: *pictures* needs the API of *products*, so its stack comes
later.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ecom.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

KEPT_SECONDS = 300.0


class CdnUrl:
    def __init__(self, client: "SSMClient", parameter: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._parameter, self._clock = client, parameter, clock
        self._value, self._until = "", float("-inf")

    def value(self) -> str:
        """Empty before *pictures* is deployed. Raises TryAgain."""
        if self._clock() >= self._until:
            self._value, self._until = self._read(), self._clock() + KEPT_SECONDS
        return self._value

    def _read(self) -> str:
        from botocore import exceptions

        try:
            return str(self._client.get_parameter(Name=self._parameter)["Parameter"]["Value"]).rstrip("/")
        except exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ParameterNotFound":
                return ""
            if code == "ThrottlingException" or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                raise TryAgain(f"the address of the pictures cannot be read ({code})") from error
            raise
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise TryAgain(f"the address of the pictures cannot be read ({type(error).__name__})") from error
