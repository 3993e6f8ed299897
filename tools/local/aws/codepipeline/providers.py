"""The interface of the action providers: one step of one action at a time.

A step does what can be done now and says when to look again, so an action that was interrupted by a stop of the cloud
goes on with what it noted in `Run.work`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tools.local.aws.json_api import Document


class ActionFailed(Exception):
    """An action fails: AWS's code, and a message for `errorDetails`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Later:
    """The action is not finished. The next step is due after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Done:
    """The action succeeded."""

    summary: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Document | None = None
    """Of a source action: `revisionId`, `revisionSummary`."""


@dataclass
class Run:
    """An action execution, as its provider sees it during one step. `RunMaker` makes it."""

    pipeline: str
    execution: str
    """The id of the pipeline execution."""
    stage: str
    action: Document
    """The declaration of the action in the pipeline's structure."""
    action_id: str
    """The id of the action execution."""
    configuration: Mapping[str, str]
    """With values in place of references to variables."""
    inputs: Mapping[str, Document]
    """Artifact name -> bucket and key."""
    outputs: Mapping[str, Document]
    work: Document
    """What the action notes between its steps; saved with the cloud."""
    overrides: list[Document]
    """Of a source action: its entries in the `sourceRevisions` of StartPipelineExecution."""
    role: str
    """The ARN of the role that the action acts with."""
    session: str
    """The name of its sessions."""
    clients: Any
    """boto3 clients by service, with the credentials of the role of the action."""
    encryption_key: str
    save: Callable[[], None]
    """Note `work` and `external` before a call that must not be repeated blindly."""
    external: str = ""
    """The id of the work in the other service."""

    @property
    def place(self) -> str:
        return f"{self.stage}/{self.action['name']}"

    def get(self, artifact: str) -> bytes:
        """The zip of an input artifact."""
        where = self.inputs.get(artifact)
        if where is None:
            raise ActionFailed("ConfigurationError", f"{artifact} is not an input artifact of {self.place}")
        body = self.clients["s3"].get_object(Bucket=where["bucket"], Key=where["key"])["Body"]
        content: bytes = body.read()
        return content

    def put(self, where: Document, content: bytes) -> None:
        """Store an artifact, encrypted with the key of the artifact store if it has one."""
        key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.encryption_key} if self.encryption_key else {}
        self.clients["s3"].put_object(Bucket=where["bucket"], Key=where["key"], Body=content, **key)

    def only_output(self) -> Document:
        """Bucket and key of the one output artifact."""
        (where,) = self.outputs.values()
        return where


class Provider(Protocol):
    def step(self, run: Run) -> Later | Done: ...
