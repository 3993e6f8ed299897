"""What builds print: the end of one that failed, and the lines of one that runs."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from tools.pipeline.watching import Action
from tools.project.aws import Target

LINES = 25


def tail(place: Target, action: Action, most: int = LINES) -> list[str]:
    """The end of the log of a CodeBuild action; empty for another action."""
    project, _, build = action.external_id.partition(":")
    if not build:
        return []
    try:
        (found,) = place.client("codebuild").batch_get_builds(ids=[action.external_id])["builds"]
        answer = place.client("logs").get_log_events(
            logGroupName=found["logs"]["groupName"],
            logStreamName=found["logs"]["streamName"],
            limit=most,
            startFromHead=False,
        )
    except (ClientError, KeyError, ValueError) as error:
        return [f"the log of {project} cannot be read: {error}"]
    return [each["message"].rstrip("\n") for each in answer["events"]]


class Follower:
    """The lines of the builds of a project that begin after this, without those of CodeBuild itself."""

    def __init__(self, place: Target, project: str) -> None:
        self._builds, self._logs, self._project = place.client("codebuild"), place.client("logs"), project
        self._build, self._token = self._newest(), ""
        self._before = self._build

    def lines(self) -> Iterator[str]:
        newest = self._newest()
        if newest == self._before:
            return
        if newest != self._build:
            self._build, self._token = newest, ""
        for event in self._events():
            line = event["message"].rstrip("\n")
            if line and not line.startswith("[Container]"):
                yield line

    def _newest(self) -> str:
        ids = self._builds.list_builds_for_project(projectName=self._project)["ids"]
        return str(ids[0]) if ids else ""

    def _events(self) -> list[dict[str, Any]]:
        (found,) = self._builds.batch_get_builds(ids=[self._build])["builds"]
        place = found.get("logs", {})
        if "streamName" not in place:
            return []
        from_token = {"nextToken": self._token} if self._token else {}
        try:
            answer = self._logs.get_log_events(
                logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True, **from_token
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return []  # it has not begun
        self._token = answer["nextForwardToken"]
        events: list[dict[str, Any]] = answer["events"]
        return events
