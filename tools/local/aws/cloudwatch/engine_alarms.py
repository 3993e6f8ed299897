"""CloudWatch's alarms: our rules evaluate them every few seconds, and topics that allow CloudWatch get the changes."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.cloudwatch import engine_alarm_math, engine_metrics
from tools.local.aws.cloudwatch.alarm import Refused, parse
from tools.local.aws.cloudwatch.evaluation import Reader, evaluate_alarm, periods_of
from tools.local.aws.cloudwatch.messages import ACTIONS, notification, reason, reason_data
from tools.local.aws.cloudwatch.metrics import Metric, Summary
from tools.local.aws.iam.engine_resource_policies import CLOUDWATCH, key_problem, topic_allows
from tools.local.aws.sqs.engine_queue_depths import sample_queues
from tools.local.delivery import engine_delivery
from tools.local.delivery.model import Message
from tools.local.engine.patching import core, patch, service

log = logging.getLogger("local.alarms")

# CloudWatch evaluates an alarm once a minute. More often gives the same result earlier.
ROUND_SECONDS = 5.0
# A state set by SetAlarmState stays until the next evaluation.
HELD_SECONDS = 60.0
HISTORY_ENTRIES = 2000
_one_at_a_time = threading.RLock()
_held: dict[str, float] = {}

Record = dict[str, Any]


@engine_delivery.at_start
def _begin() -> None:
    engine_delivery.driver.submit("alarms", "alarms", _round)


def _round() -> float:
    sample_queues()
    for (account, region, _), record in list(service("cloudwatch")._alarms.all_items()):
        with core("core.responses").request_scope(account, region):
            try:
                evaluate(record)
            except Refused as refused:
                log.warning("not evaluated: %s", refused)
    return engine_delivery.clock() + ROUND_SECONDS


def evaluate(record: Record) -> None:
    """Evaluate a metric alarm now, and record and publish a change of its state. Raises `Refused` if it is
    unsupported."""
    alarm = parse(record)
    with _one_at_a_time:
        now = engine_delivery.clock()
        if _held.get(str(record["AlarmArn"]), 0.0) > now:
            return
        periods = periods_of(alarm, _reader(alarm.period), now)
        old = str(record["StateValue"])
        verdict = evaluate_alarm(alarm, periods, now, old)
        if verdict.state == old:
            return
        why = reason(alarm, verdict)
        record["StateReasonData"] = reason_data(alarm, verdict, now)
        _change(record, verdict.state, why, now)


def _reader(period: int) -> Reader:
    here = engine_metrics.place()

    def read(
        namespace: str, name: str, dimensions: Mapping[str, str], unit: str | None, begin: float, end: float
    ) -> dict[int, Summary]:
        metric = Metric.of(here, namespace, name, dimensions)
        return engine_metrics.store.periods(metric, period, begin, end, unit)

    return read


def _change(record: Record, state: str, why: str, now: float) -> None:
    cloudwatch, old = service("cloudwatch"), str(record["StateValue"])
    record.update(StateValue=state, StateReason=why, StateUpdatedTimestamp=now, StateTransitionedTimestamp=now)
    log.info("alarm %s: %s -> %s: %s", record["AlarmName"], old, state, why)
    cloudwatch._record_history(record["AlarmName"], old, state, why, "MetricAlarm", json.loads(
        record["StateReasonData"]))  # fmt: skip
    del cloudwatch._history_entries()[:-HISTORY_ENTRIES]
    publish_state(record, old)
    cloudwatch._evaluate_parent_alarms(record)


def publish_state(record: Record, old: str) -> None:
    """Publish the state to the topics that the alarm names for it, if they and their keys allow CloudWatch."""
    if not record.get("ActionsEnabled", True):
        return
    arn = str(record["AlarmArn"])
    topics = list(record.get(ACTIONS.get(str(record["StateValue"]), "")) or [])
    subject, message = notification(record, old, engine_delivery.clock())
    for topic in topics:
        problem = _refusal(topic, arn) or engine_delivery.publish(Message(topic, message, source=arn), subject)
        if problem:
            log.warning("alarm %s: not published: %s: %s", record["AlarmName"], topic, problem)


def _refusal(topic: str, alarm: str) -> str:
    """Why CloudWatch may not publish to a topic; empty when it may."""
    if ":sns:" not in topic:
        return "only topics are served as actions here"
    found = service("sns")._topic_by_arn_any_scope(topic)
    if found is None:
        return "the topic does not exist"
    if not topic_allows(topic, CLOUDWATCH, alarm):
        return "its policy does not allow CloudWatch"
    return key_problem(found.get("attributes"), CLOUDWATCH, alarm)


@patch
def alarms_are_evaluated_as_documented() -> None:
    """CloudWatch evaluates each alarm continuously: by the periods of exactly its metric, M out of N, with missing data
    treated as the alarm says. It publishes to a topic only when the topic's policy and key allow it. The engine
    evaluates when a value is put by API, over all dimensions and periods at once, never changes the state for lack of
    data, and checks no policy."""
    cloudwatch = core("services.cloudwatch")
    set_state: Callable[..., Any] = cloudwatch._set_alarm_state

    def hold_and_set(params: Any, data: Any, *protocol: Any) -> Any:
        name = data.get("AlarmName") or cloudwatch._p(params, "AlarmName")
        known = cloudwatch._alarms.get(name)
        with _one_at_a_time:  # an evaluation that has begun must not overwrite the state
            if known:
                _held[str(known["AlarmArn"])] = engine_delivery.clock() + HELD_SECONDS
            return set_state(params, data, *protocol)

    def complete_and_evaluate(record: Record) -> None:
        engine_alarm_math.complete(record)
        evaluate(record)

    cloudwatch._evaluate_alarm = complete_and_evaluate
    cloudwatch._evaluate_all_alarms = _begin
    cloudwatch._dispatch_alarm_actions = lambda record, old, _new, _reason: publish_state(record, old)
    cloudwatch._set_alarm_state = hold_and_set


@patch
def alarms_that_cannot_be_served_are_refused() -> None:
    """AWS serves every alarm that it accepts. The engine accepts any alarm, and evaluates unsupported ones by another
    rule."""
    cloudwatch = core("services.cloudwatch")
    put_alarm: Callable[..., Any] = cloudwatch._put_metric_alarm
    put_from_template: Callable[..., None] = cloudwatch.cloudformation_put_metric_alarm

    def put(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        sent = data if is_cbor or is_json else engine_alarm_math.from_query(params)
        name = str(sent.get("AlarmName") or "")
        before = cloudwatch._alarms.get(name)
        try:
            with engine_alarm_math.storing(sent):
                return put_alarm(params, data, is_cbor, is_json)
        except Refused as refused:
            _restore(cloudwatch, name, before)
            return cloudwatch._error("ValidationError", str(refused), 400, use_json=is_json, use_cbor=is_cbor)

    def put_templated(alarm: Record) -> None:
        before = cloudwatch._alarms.get(alarm["AlarmName"])
        try:
            put_from_template(alarm)
        except Refused:
            _restore(cloudwatch, alarm["AlarmName"], before)
            raise

    cloudwatch._put_metric_alarm = put
    cloudwatch.cloudformation_put_metric_alarm = put_templated


def _restore(cloudwatch: Any, name: str, before: Record | None) -> None:
    if before is None:
        cloudwatch._alarms.pop(name, None)
    else:
        cloudwatch._alarms[name] = before
