"""What an action gets when it runs: the credentials of its role, its configuration with values, its artifacts.

The page "Configure a pipeline action": an action acts with the role of the pipeline, or with its own `RoleArn`, which
the role of the pipeline assumes.
"""

import secrets
import time
from collections.abc import Callable

from tools.local.aws.codepipeline.action_kinds import ACTION_KINDS
from tools.local.aws.codepipeline.providers import Run
from tools.local.aws.codepipeline.records import pipeline_arn, structure_of
from tools.local.aws.codepipeline.variables import resolve
from tools.local.aws.iam.engine_sessions import Credentials, end_session, take_role
from tools.local.aws.json_api import Document
from tools.local.aws.own_clients import Clients

PRINCIPAL = "codepipeline.amazonaws.com"
SESSION_SECONDS = 3600.0
# A session is replaced before it ends, so that no call of a step fails because of its age.
RENEW_SECONDS = 600.0


def timeout_of(action: Document) -> float:
    """How long an action may run, in seconds."""
    type_id = action["actionTypeId"]
    kind = ACTION_KINDS[type_id["category"], type_id["provider"]]
    return 60.0 * float(action.get("timeoutInMinutes", kind.timeout_minutes))


class RunMaker:
    """Makes the `Run` of each step. The credentials of an action are kept between its steps."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._sessions: dict[str, tuple[float, Clients, list[Credentials]]] = {}

    def prepare(
        self,
        pipeline: Document,
        execution: Document,
        action: Document,
        record: Document,
        note: Callable[[Document, Run], None],
    ) -> Run:
        """The run without credentials and values. Call it with the lock of the store."""
        structure = structure_of(pipeline, execution)
        store = structure["artifactStore"]
        known = {one["name"]: {"bucket": one["bucket"], "key": one["key"]} for one in record["outputs"]}
        outputs = {
            one["name"]: known.get(one["name"]) or _place(store["location"], pipeline["name"], one["name"])
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
            save=lambda: note(record, run),
            external=record["external"],
        )
        return run

    def open(self, run: Run, execution: Document, action: Document) -> None:
        """Give the run its values and credentials. Raises Unresolved, RoleRefused and ClientError."""
        run.configuration = resolve(action["configuration"], execution["namespaces"])
        run.clients = self._clients(run, execution["pipeline_role"], action)

    def forget(self, action_id: str) -> None:
        """End the sessions of an action."""
        _, _, sessions = self._sessions.pop(action_id, (0.0, None, []))
        for credentials in sessions:
            end_session(credentials)

    def _clients(self, run: Run, pipeline_role: str, action: Document) -> Clients:
        known = self._sessions.get(run.action_id)
        if known is not None and known[0] > self._clock():
            return known[1]
        self.forget(run.action_id)
        own = take_role(pipeline_role, PRINCIPAL, run.session, SESSION_SECONDS, pipeline_arn(run.pipeline))
        sessions, clients = [own], Clients(own)
        if action.get("roleArn"):
            answer = clients["sts"].assume_role(RoleArn=action["roleArn"], RoleSessionName=run.session)["Credentials"]
            assumed = Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
            sessions, clients = [own, assumed], Clients(assumed)
        self._sessions[run.action_id] = (self._clock() + SESSION_SECONDS - RENEW_SECONDS, clients, sessions)
        return clients


def _place(bucket: str, pipeline: str, artifact: str) -> Document:
    """Where an artifact is stored: the names are shortened as AWS shortens them."""
    return {"bucket": bucket, "key": f"{pipeline[:20]}/{artifact[:10]}/{secrets.token_urlsafe(8)[:7]}"}
