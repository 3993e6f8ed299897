"""EventBridge, when a stage of a pipeline succeeded or failed: note the revision that passed, and retry the gates and
tests that now find what they need.

**Gates.** A success may be what other services' gates wait for. A failure may be that of a gate: what it needs may have
been deployed after the gate had looked and before it had failed, and then no further event follows.

**Tests.** CodeBuild refuses builds when the account runs too many. Each build that ends makes room for one. The last
build may end after a refusal and before the stage of the refused test has failed, and then no further event follows: so
if no build runs any more, the test is retried at once, until its stage has had five retries.
"""

import logging
from typing import Any

from pipeline_service import aws
from pipeline_service.gate import needs_of
from pipeline_service.pipelines import MOST_RETRIES, PREFIX, SOURCE, FailedAction, Pipelines

logger = logging.getLogger()


def handler(event: dict[str, Any], context: Any) -> None:
    del context
    pipelines = Pipelines(aws.codepipeline(), aws.passed_revisions())
    ended, environment = event["detail"]["pipeline"], event["detail"]["stage"]
    has_failed = event["detail"]["state"] == "FAILED"
    retry_gates(pipelines, ended, environment, has_failed=has_failed)
    for test in candidates_for_retry(pipelines, ended, environment):
        if pipelines.retry(test):
            logger.warning("%s: retried the test of %s, which had no build", test.pipeline, test.environment)
            break
    # Last, since gates and tests do not need it: a repeat of this event notes what SSM refused now.
    if not has_failed and environment != SOURCE:
        pipelines.note_passed(ended, environment)


def retry_gates(pipelines: Pipelines, ended: str, environment: str, *, has_failed: bool) -> None:
    for name in [ended] if has_failed else pipelines.names():
        gate = pipelines.failed_gate(name, environment)
        needs = needs_of(gate.message) if gate else {}
        if gate is None or not needs or (not has_failed and ended.removeprefix(PREFIX) not in needs):
            continue
        is_ready = all(pipelines.deployed_revision(service, environment) >= needed for service, needed in needs.items())
        if is_ready and pipelines.retry(gate):
            logger.warning("%s: retried the gate before %s", name, environment)


def candidates_for_retry(pipelines: Pipelines, ended: str, stage: str) -> list[FailedAction]:
    """Tests that CodeBuild refused, in the order to try. The caller retries one: one build ended, so one more fits."""
    if not pipelines.build_statuses(ended).get(stage):
        return []  # CodeBuild runs nothing in the stages source and production
    own = [each for each in pipelines.refused_tests(ended) if each.environment == stage]
    # The build of this stage ended: the test that has waited longest is next.
    if not own:
        refused = (each for name in pipelines.names() for each in pipelines.refused_tests(name))
        return sorted(refused, key=lambda each: each.at)
    # The test of this stage was refused: a build that runs will make room for it.
    if any("InProgress" in pipelines.build_statuses(name).values() for name in pipelines.names()):
        return []
    # No build runs, so no further event follows.
    return [each for each in own if each.retries < MOST_RETRIES]
