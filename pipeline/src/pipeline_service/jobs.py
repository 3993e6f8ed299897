"""A job: what CodePipeline sends to the function of an Invoke action, and the artifacts of that action.

The event has credentials for the artifacts; it must not be logged.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# CodePipeline's limit for the message of a failure.
LONGEST_MESSAGE = 5000


@dataclass(frozen=True)
class Job:
    id: str
    parameters: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, str]]
    outputs: Mapping[str, Mapping[str, str]]
    credentials: Mapping[str, str]


def job_of(event: Mapping[str, Any]) -> Job:
    job = event["CodePipeline.job"]
    data = job["data"]
    return Job(
        job["id"],
        json.loads(data["actionConfiguration"]["configuration"]["UserParameters"]),
        {each["name"]: each["location"]["s3Location"] for each in data["inputArtifacts"]},
        {each["name"]: each["location"]["s3Location"] for each in data["outputArtifacts"]},
        data["artifactCredentials"],
    )


class Artifacts:
    """The artifacts of one job, in the bucket of the pipelines."""

    def __init__(self, job: Job, client: Callable[..., Any], key_arn: str) -> None:
        self._job = job
        self._key_arn = key_arn
        self._s3 = client(
            "s3",
            aws_access_key_id=job.credentials["accessKeyId"],
            aws_secret_access_key=job.credentials["secretAccessKey"],
            aws_session_token=job.credentials["sessionToken"],
        )

    def read(self, *names: str) -> list[bytes]:
        """Files of the job's only input artifact."""
        (place,) = self._job.inputs.values()
        answer = self._s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])
        with zipfile.ZipFile(io.BytesIO(answer["Body"].read())) as archive:
            return [archive.read(name) for name in names]

    def write(self, name: str, content: str) -> None:
        """The job's only output artifact, with one file."""
        (place,) = self._job.outputs.values()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        self._s3.put_object(
            Bucket=place["bucketName"],
            Key=place["objectKey"],
            Body=packed.getvalue(),
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=self._key_arn,
        )
