"""What the gate reads and changes in an environment, with its role `ecommerce-{environment}-pipeline-gate`."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from pipeline_service.gate import NotDeployable

# A stack whose creation failed can only be deleted.
NEVER_CREATED = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}
# The gate may wait twice, for an operation and for a deletion, and its function has 900 seconds.
POLL_SECONDS, WAIT_SECONDS = 2.0, 400.0


class Environment:
    def __init__(
        self,
        client: Callable[..., Any],
        role_arn: str,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        answer = client("sts").assume_role(RoleArn=role_arn, RoleSessionName="pipeline-gate")["Credentials"]
        credentials = {
            "aws_access_key_id": answer["AccessKeyId"],
            "aws_secret_access_key": answer["SecretAccessKey"],
            "aws_session_token": answer["SessionToken"],
        }
        self._ssm = client("ssm", **credentials)
        self._cloudformation = client("cloudformation", **credentials)
        self._sleep, self._now = sleep, now

    def resolve(self, names: Sequence[str]) -> Mapping[str, str]:
        """Name -> value of those SSM parameters that exist."""
        found: dict[str, str] = {}
        for start in range(0, len(names), 10):  # GetParameters takes ten
            answer = self._ssm.get_parameters(Names=list(names[start : start + 10]))
            found |= {each["Name"]: each["Value"] for each in answer["Parameters"]}
        return found

    def make_deployable(self, stack: str) -> None:
        """Wait for an operation on the stack, and delete a stack whose creation failed.

        Raises NotDeployable when the stack is in a state that only a person can end.
        """
        status = self._settled(stack)
        if status in NEVER_CREATED:
            self._cloudformation.delete_stack(StackName=stack)
            status = self._settled(stack)
        if status in NEVER_CREATED or status == "UPDATE_ROLLBACK_FAILED":
            raise NotDeployable(
                f"{stack} is {status}: correct the cause that its events show, then "
                f"{'continue its rollback' if status == 'UPDATE_ROLLBACK_FAILED' else 'delete it'}, and retry the stage"
            )

    def _settled(self, stack: str) -> str:
        end = self._now() + WAIT_SECONDS
        while True:
            status = self._status(stack)
            if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
                return status
            if self._now() > end:
                raise NotDeployable(
                    f"{stack} is still {status} after {WAIT_SECONDS:.0f} s: retry the stage when it has ended"
                )
            self._sleep(POLL_SECONDS)

    def _status(self, stack: str) -> str:
        try:
            return str(self._cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        except ClientError as error:
            if "does not exist" in error.response["Error"].get("Message", ""):
                return ""
            raise
