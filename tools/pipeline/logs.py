"""The last lines of a build that failed."""

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
