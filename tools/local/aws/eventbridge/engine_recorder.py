"""Records the events of all buses for the console."""

from collections.abc import Callable
from typing import Any

from tools.local.aws.eventbridge.recorder import recorder
from tools.local.engine.patching import core, patch


@patch
def events_are_recorded() -> None:
    """PutEvents, replays, AWS's own events and those from another bus all pass this function of the engine."""
    events = core("services.eventbridge")
    dispatch: Callable[..., None] = events._dispatch_event

    def record_and_dispatch(event: dict[str, Any], view: Any = None) -> None:
        view = view or events._pattern_event_view(event)
        recorder.note({**view.envelope(), "detail": event.get("Detail", "{}")}, event.get("EventBusName", "default"))
        dispatch(event, view)

    events._dispatch_event = record_and_dispatch
