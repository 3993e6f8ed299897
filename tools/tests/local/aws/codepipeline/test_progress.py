"""How executions move through stages. Each test names the page of the CodePipeline User Guide that it follows."""

import pytest

from tools.local.aws.codepipeline.api import CodePipelineService
from tools.local.aws.json_api import ApiError
from tools.tests.local.aws.codepipeline.shop_pipeline import Shop, action, stage


def test_actions_of_one_run_order_run_together_and_the_next_order_waits() -> None:
    # Page "Action requirements", runOrder.
    shop = Shop(stage("Build", action("One"), action("Two"), action("Last", 2)))
    run = shop.start()
    assert shop.running(run) == ["One", "Two"]
    shop.end(run, "One")
    assert shop.running(run) == ["Two"]
    shop.end(run, "Two")
    assert shop.running(run) == ["Last"]
    shop.end(run, "Last")
    assert shop.status(run) == "Succeeded"


def test_a_failed_action_fails_its_stage_when_the_actions_beside_it_ended() -> None:
    # Page "How pipeline executions work", "Failed executions".
    shop = Shop(stage("Build", action("One"), action("Two"), action("Last", 2)), stage("Deploy"))
    run = shop.start()
    shop.end(run, "One", failed=True)
    assert shop.status(run) == "InProgress"
    shop.end(run, "Two")
    assert (shop.status(run), shop.running(run)) == ("Failed", [])
    assert [event[1] for event in shop.events if event[0] == "Pipeline"] == ["STARTED", "FAILED"]


def test_a_stage_is_locked_and_a_newer_execution_supersedes_the_one_that_waits() -> None:
    # Page "How pipeline executions work", SUPERSEDED mode: rules 1 to 4.
    shop = Shop(stage("Build"), stage("Deploy"))
    first, second, third = shop.start(), shop.start(), shop.start()
    assert (shop.at(first), shop.at(third)) == ("Build", "> Build")
    assert [shop.status(one) for one in (first, second, third)] == ["InProgress", "Superseded", "InProgress"]
    shop.end(first)
    assert (shop.at(first), shop.at(third)) == ("Deploy", "Build")
    shop.end(third)
    assert (shop.at(third), shop.status(third)) == ("> Deploy", "InProgress")
    shop.end(first)
    assert (shop.status(first), shop.at(third)) == ("Succeeded", "Deploy")


def test_queued_executions_go_one_after_the_other() -> None:
    # Page "How pipeline executions work", QUEUED mode.
    shop = Shop(stage("Build"), executionMode="QUEUED")
    first, second, third = shop.start(), shop.start(), shop.start()
    assert [shop.status(one) for one in (first, second, third)] == ["InProgress"] * 3
    shop.end(first)
    assert (shop.at(second), shop.at(third)) == ("Build", "> Build")
    shop.end(second, failed=True)
    assert (shop.status(second), shop.at(third)) == ("Failed", "Build")


def test_a_disabled_transition_holds_the_execution_and_its_enabling_lets_it_in() -> None:
    # Page "Disable or enable transitions in CodePipeline".
    shop = Shop(stage("Build"))
    shop.pipeline["disabled"]["Build"] = {"reason": "freeze", "by": "", "at": 0.0}
    run = shop.start()
    assert shop.at(run) == "> Build"
    del shop.pipeline["disabled"]["Build"]
    shop.executor.advance(shop.pipeline)
    assert shop.running(run) == ["Do"]


def test_a_retry_of_failed_actions_keeps_the_succeeded_ones() -> None:
    # Page "Configuring stage retry for a failed stage or failed actions".
    shop = Shop(stage("Build", action("One"), action("Two")))
    run = shop.start()
    shop.end(run, "One")
    shop.end(run, "Two", failed=True)
    shop.executor.retry(shop.pipeline, shop.execution(run), "Build", "FAILED_ACTIONS")
    assert (shop.status(run), shop.running(run)) == ("InProgress", ["Two"])
    shop.end(run, "Two")
    assert shop.status(run) == "Succeeded"


def test_a_retry_of_all_actions_repeats_the_stage() -> None:
    shop = Shop(stage("Build", action("One"), action("Two")))
    run = shop.start()
    shop.end(run, "One")
    shop.end(run, "Two", failed=True)
    shop.executor.retry(shop.pipeline, shop.execution(run), "Build", "ALL_ACTIONS")
    assert shop.running(run) == ["One", "Two"]


def test_an_automatic_retry_happens_once() -> None:
    # Page "Configure a stage for automatic retry on failure": one attempt.
    retry = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
    shop = Shop(stage("Build", onFailure=retry))
    run = shop.start()
    shop.end(run, failed=True)
    assert shop.running(run) == ["Do"]
    shop.end(run, failed=True)
    assert shop.status(run) == "Failed"
    assert shop.execution(run)["stages"]["Build"]["automatic"] == 1


def test_a_failed_stage_is_rolled_back_to_the_last_success() -> None:
    # Page "Configure a stage for automatic rollback".
    shop = Shop(stage("Deploy", onFailure={"result": "ROLLBACK"}), stage("After"))
    good = shop.start()
    shop.end(good)
    shop.end(good)
    bad = shop.start()
    shop.end(bad, failed=True)
    assert shop.status(bad) == "Failed"
    rollback = list(shop.pipeline["executions"].values())[-1]
    assert (rollback["type"], rollback["target"], rollback["trigger"]["triggerType"]) == (
        "ROLLBACK",
        good,
        "AutomatedRollback",
    )
    assert rollback["artifacts"]["CodeOutput"]["revision"] == "v1"
    shop.end(rollback["id"])
    assert shop.status(rollback["id"]) == "Succeeded"
    assert shop.pipeline["latest"]["After"] == good  # a rollback runs its stage only


def test_a_failed_rollback_is_not_rolled_back() -> None:
    shop = Shop(stage("Deploy", onFailure={"result": "ROLLBACK"}))
    good = shop.start()
    shop.end(good)
    bad = shop.start()
    shop.end(bad, failed=True)
    rollback = list(shop.pipeline["executions"])[-1]
    shop.end(rollback, failed=True)
    assert shop.status(rollback) == "Failed"
    assert len(shop.pipeline["executions"]) == 3


def test_stop_and_wait_ends_after_the_running_actions() -> None:
    # Page "Stop a pipeline execution in CodePipeline".
    shop = Shop(stage("Build", action("One"), action("Last", 2)))
    run = shop.start()
    shop.executor.stop(shop.pipeline, shop.execution(run), "enough", abandon=False)
    assert shop.status(run) == "Stopping"
    shop.end(run, "One")
    assert (shop.status(run), shop.running(run)) == ("Stopped", [])


def test_stop_and_abandon_ends_at_once() -> None:
    shop = Shop(stage("Build"))
    run = shop.start()
    shop.executor.stop(shop.pipeline, shop.execution(run), "enough", abandon=True)
    assert shop.status(run) == "Stopped"
    assert shop.execution(run)["actions"][-1]["status"] == "Abandoned"


def test_an_execution_keeps_the_structure_that_it_started_with() -> None:
    # Page "Edit a pipeline in CodePipeline": a change counts from the next execution.
    shop = Shop(stage("Build"), stage("Deploy"))
    run = shop.start()
    changed = {**shop.pipeline["structures"]["1"], "stages": shop.pipeline["structures"]["1"]["stages"][:2]}
    shop.store.update(changed)
    shop.end(run)
    assert (shop.at(run), shop.status(run)) == ("Deploy", "InProgress")


def test_an_action_that_does_not_end_within_its_time_out_fails() -> None:
    shop = Shop(stage("Approve", action("Ask", timeoutInMinutes=5)))
    run = shop.start()
    record = shop.execution(run)["actions"][-1]
    shop.now += 301
    shop.executor.wake("shop", record["id"])
    shop.jobs.run()
    assert (record["status"], record["error"]["code"]) == ("Failed", "Timeout")


def test_a_restart_goes_on_with_the_actions_that_ran() -> None:
    shop = Shop(stage("Build"))
    run = shop.start()
    saved = shop.store.get_state()
    other = Shop(stage("Build"))
    other.store.load_persisted_state(saved)
    other.pipeline = other.store.pipeline("shop")
    other.executor.resume()
    assert len(other.jobs.steps) == 1
    other.jobs.run()
    other.end(run)
    assert other.status(run) == "Succeeded"


def test_a_repeated_request_token_starts_nothing() -> None:
    shop = Shop(stage("Build"))
    assert shop.start(clientRequestToken="t" * 32) == shop.start(clientRequestToken="t" * 32)


@pytest.mark.parametrize(
    ("stage_name", "code"),
    [("Source", "UnableToRollbackStageException"), ("Deploy", "UnableToRollbackStageException")],
)
def test_a_rollback_needs_an_execution_that_succeeded_in_a_later_stage(stage_name: str, code: str) -> None:
    # Page "Configuring stage rollback", considerations.
    shop = Shop(stage("Deploy"))
    run = shop.start()
    shop.end(run, failed=True)
    service = CodePipelineService(shop.executor, lambda: "arn:aws:iam::000000000000:user/ann")
    with pytest.raises(ApiError) as refused:
        service._rollback_stage({"pipelineName": "shop", "stageName": stage_name, "targetPipelineExecutionId": run})
    assert refused.value.code == code


def test_an_older_structure_is_no_target_of_a_rollback_and_is_not_retried() -> None:
    shop = Shop(stage("Deploy"))
    good = shop.start()
    shop.end(good)
    bad = shop.start()
    shop.end(bad, failed=True)
    shop.store.update(shop.pipeline["structures"]["1"])
    service = CodePipelineService(shop.executor, lambda: "")
    with pytest.raises(ApiError, match="version 1 of the structure, which is now 2"):
        service._rollback_stage({"pipelineName": "shop", "stageName": "Deploy", "targetPipelineExecutionId": good})
    with pytest.raises(ApiError, match="structure was changed"):
        service._retry_stage_execution(
            {"pipelineName": "shop", "stageName": "Deploy", "pipelineExecutionId": bad, "retryMode": "FAILED_ACTIONS"}
        )


def test_what_succeeded_in_a_stage_is_listed_until_the_structure_changes() -> None:
    # API Reference, SucceededInStageFilter: in the current pipeline version.
    shop = Shop(stage("Deploy"))
    run = shop.start()
    shop.end(run)
    service = CodePipelineService(shop.executor, lambda: "")
    asked = {"pipelineName": "shop", "filter": {"succeededInStage": {"stageName": "Deploy"}}}

    def listed() -> list[str]:
        return [
            one["pipelineExecutionId"] for one in service._list_pipeline_executions(asked)["pipelineExecutionSummaries"]
        ]

    assert listed() == [run]
    shop.store.update(shop.pipeline["structures"]["1"])
    assert listed() == []


def test_a_busy_stage_is_not_rolled_back() -> None:
    shop = Shop(stage("Deploy"))
    good = shop.start()
    shop.end(good)
    shop.start()
    service = CodePipelineService(shop.executor, lambda: "")
    with pytest.raises(ApiError) as refused:
        service._rollback_stage({"pipelineName": "shop", "stageName": "Deploy", "targetPipelineExecutionId": good})
    assert refused.value.code == "ConflictException"
