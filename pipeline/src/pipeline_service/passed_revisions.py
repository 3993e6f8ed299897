"""The newest revision of each service that passed each stage, in SSM parameters of the pipelines' account.

CodePipeline lists only the executions of the pipeline's present structure, and of the last twelve months (API
Reference, *SucceededInStageFilter*, *ListPipelineExecutions*). What is deployed does not end with either.
"""

from typing import Any

from pipeline_service.commits import NEVER, Revision, revision_of


class PassedRevisions:
    """`prefix` begins the names of the parameters: `{prefix}/{stage}/{service}`."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def read(self, service: str, stage: str) -> Revision:
        """NEVER if none is noted."""
        found = self._client.get_parameters(Names=[self._name(service, stage)])["Parameters"]
        return revision_of(found[0]["Value"]) if found else NEVER

    def note(self, service: str, stage: str, revision: Revision) -> None:
        """A revision before the noted one, such as that of a rollback, is not noted."""
        if revision > self.read(service, stage):
            value = f"{revision.number} {revision.commit}"
            self._client.put_parameter(Name=self._name(service, stage), Value=value, Type="String", Overwrite=True)

    def _name(self, service: str, stage: str) -> str:
        return f"{self._prefix}/{stage}/{service}"
