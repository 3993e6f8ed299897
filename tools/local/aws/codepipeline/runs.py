"""Makes the `Run` that a provider gets for a step of an action: artifacts, configuration, and clients of its role.

Page: CodePipeline User Guide, *Configure a pipeline action*. An action acts with the role of the pipeline, or with its
own `RoleArn`, which the role of the pipeline assumes.
"""

import secrets
import time
from collections.abc import Callable
from typing import NamedTuple

from tools.local.aws.codepipeline.action_kinds import ACTION_KINDS
from tools.local.aws.codepipeline.providers import Run
from tools.local.aws.codepipeline.records import pipeline_arn, structure_of
from tools.local.aws.codepipeline.variables import resolve
from tools.local.aws.iam.engine_sessions import Credentials, end_session, take_role
from tools.local.aws.json_api import Document
from tools.local.aws.own_clients import Clients

PRINCIPAL = "codepipeline.amazonaws.com"
SESSION_SECONDS = 3600.0
# A session is replaced so long before it ends. A step that starts with it has that much time for its calls.
RENEW_SECONDS = 600.0


def timeout_of(action: Document) -> float:
    """How long an action may run, in seconds."""
    type_id = action["actionTypeId"]
    kind = ACTION_KINDS[type_id["category"], type_id["provider"]]
    return 60.0 * float(action.get("timeoutInMinutes", kind.timeout_minutes))


class _Sessions(NamedTuple):
    """The sessions that one action has: of the pipeline's role, and of the action's own role if it has one."""

    renew_at: float
    clients: Clients
    """Of the role that the action acts with."""
    credentials: list[Credentials]


class RunMaker:
    """Makes the `Run` of each step, in two parts: `prepare` reads records, `fill_in` makes calls.

    The sessions of an action last from step to step, until `end_sessions`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._sessions: dict[str, _Sessions] = {}

    def prepare(
        self,
        pipeline: Document,
        execution: Document,
        action: Document,
        record: Document,
        save: Callable[[Document, Run], None],
    ) -> Run:
        """The run, still without configuration and clients. Call it with the lock of the store.

        `action` is the declaration in the pipeline's structure, `record` the action execution.
        """
        structure = structure_of(pipeline, execution)
        store = structure["artifactStore"]
        # A later step of the same action execution uses the keys that the first one chose.
        chosen = {one["name"]: {"bucket": one["bucket"], "key": one["key"]} for one in record["outputs"]}
        outputs = {
            one["name"]: chosen.get(one["name"]) or _new_location(store["location"], pipeline["name"], one["name"])
            for one in action["outputArtifacts"]
        }
        run = Run(
            pipeline=pipeline["name"],
            execution=execution["id"],
            stage=record["stage"],
            action=action,
            action_id=record["id"],
            configuration={},
            inputs={one["name"]: dict(execution["artifacts"][one["name"]]) for one in action["inputArtifacts"]},
            outputs=outputs,
            work=dict(record["work"]),
            overrides=[one for one in execution["overrides"] if one["actionName"] == record["name"]],
            role=action.get("roleArn") or structure["roleArn"],
            session=execution["id"],
            clients={},
            encryption_key=(store.get("encryptionKey") or {}).get("id", ""),
            save=lambda: save(record, run),
            external=record["external"],
        )
        return run

    def fill_in(self, run: Run, execution: Document, action: Document) -> None:
        """Add the configuration, with the values of its variables, and the clients. Call it without the lock.

        Raises Unresolved, RoleRefused and ClientError.
        """
        run.configuration = resolve(action["configuration"], execution["namespaces"])
        run.clients = self._clients(run, execution["pipeline_role"], action)

    def end_sessions(self, action_id: str) -> None:
        """End the sessions of an action execution. Without any, nothing happens."""
        if (ended := self._sessions.pop(action_id, None)) is not None:
            for credentials in ended.credentials:
                end_session(credentials)

    def _clients(self, run: Run, pipeline_role: str, action: Document) -> Clients:
        present = self._sessions.get(run.action_id)
        if present is not None and present.renew_at > self._clock():
            return present.clients
        self.end_sessions(run.action_id)
        of_pipeline = take_role(pipeline_role, PRINCIPAL, run.session, SESSION_SECONDS, pipeline_arn(run.pipeline))
        credentials, clients = [of_pipeline], Clients(of_pipeline)
        if action.get("roleArn"):
            answer = clients["sts"].assume_role(RoleArn=action["roleArn"], RoleSessionName=run.session)["Credentials"]
            assumed = Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
            credentials, clients = [of_pipeline, assumed], Clients(assumed)
        renew_at = self._clock() + SESSION_SECONDS - RENEW_SECONDS
        self._sessions[run.action_id] = _Sessions(renew_at, clients, credentials)
        return clients


def _new_location(bucket: str, pipeline: str, artifact: str) -> Document:
    """A new bucket and key for an output artifact. AWS shortens the names in the key in the same way."""
    return {"bucket": bucket, "key": f"{pipeline[:20]}/{artifact[:10]}/{secrets.token_urlsafe(8)[:7]}"}
