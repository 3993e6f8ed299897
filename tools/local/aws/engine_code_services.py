"""CodePipeline, CodeBuild and CodeCommit of one cloud, put together."""

import time
from collections.abc import Callable
from pathlib import Path

from tools.local.aws.cloudformation.engine_provisioners import register
from tools.local.aws.codebuild import api as codebuild_api
from tools.local.aws.codebuild.builds import Builds
from tools.local.aws.codebuild.records import Store as BuildStore
from tools.local.aws.codebuild.resource_types import Project
from tools.local.aws.codebuild.starting import Starter
from tools.local.aws.codecommit import api as codecommit_api
from tools.local.aws.codecommit.api import CodeCommitService
from tools.local.aws.codecommit.repositories import Repositories, Watch
from tools.local.aws.codecommit.resource_types import Repository
from tools.local.aws.codepipeline import api as codepipeline_api
from tools.local.aws.codepipeline.actions.approval import Approval
from tools.local.aws.codepipeline.actions.cloudformation import CloudFormation
from tools.local.aws.codepipeline.actions.codebuild import CodeBuild
from tools.local.aws.codepipeline.actions.codecommit_source import CodeCommitSource
from tools.local.aws.codepipeline.actions.connection_source import ConnectionSource
from tools.local.aws.codepipeline.actions.lambda_invoke import LambdaInvoke
from tools.local.aws.codepipeline.actions.s3_source import S3Source
from tools.local.aws.codepipeline.events import Events
from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.providers import Provider
from tools.local.aws.codepipeline.records import Store as PipelineStore
from tools.local.aws.codepipeline.resource_types import Pipeline
from tools.local.aws.codepipeline.runs import RunMaker
from tools.local.aws.codepipeline.starts import start_by_event
from tools.local.aws.eventbridge import engine_service_events, engine_targets
from tools.local.aws.iam.engine_caller import caller_arn
from tools.local.aws.notifications import connections as connections_api
from tools.local.aws.notifications import rules_api
from tools.local.aws.notifications.connections import ConnectionsService
from tools.local.aws.notifications.engine_topics import tell
from tools.local.aws.notifications.resource_types import Connection, NotificationRule
from tools.local.aws.notifications.rules import Rules
from tools.local.aws.notifications.rules_api import NotificationsService
from tools.local.delivery import engine_delivery
from tools.local.engine.own_services import add_service
from tools.local.home import ACCOUNT
from tools.local.persistence.durability import changes


def install(folder: Path) -> None:
    """Register the services and their resource types. `folder` is the folder of the cloud."""
    driver, new_id = engine_delivery.driver, engine_delivery.new_id

    repositories = Repositories(folder / "state" / "codecommit", time.time, new_id, changes.note)
    add_service("codecommit", CodeCommitService(repositories), codecommit_api.arn_of_request, codecommit_api.TARGET)
    register("AWS::CodeCommit::Repository", Repository(repositories))
    pusher = f"arn:aws:iam::{ACCOUNT}:user/administrator"
    watch = Watch(repositories, time.time, engine_service_events.put, pusher)

    build_store = BuildStore(time.time, changes.note)
    builds = Builds(
        build_store, driver, folder / "tmp" / "codebuild", folder / "state" / "codebuild", repositories.path
    )
    starter = Starter(build_store, time.time, new_id, builds.begin)
    add_service(
        "codebuild",
        codebuild_api.CodeBuildService(build_store, starter, builds),
        codebuild_api.arn_of_request,
        codebuild_api.TARGET,
    )
    register("AWS::CodeBuild::Project", Project(build_store))

    code_build = CodeBuild(starter)
    providers: dict[tuple[str, str], Provider] = {
        ("Source", "S3"): S3Source(),
        ("Source", "CodeCommit"): CodeCommitSource(repositories),
        ("Source", "CodeStarSourceConnection"): ConnectionSource(),
        ("Build", "CodeBuild"): code_build,
        ("Test", "CodeBuild"): code_build,
        ("Deploy", "CloudFormation"): CloudFormation(),
        ("Approval", "Manual"): Approval(),
        ("Invoke", "Lambda"): LambdaInvoke(),
    }
    pipeline_store = PipelineStore(time.time, changes.note)
    events = Events(engine_service_events.put)
    executor = Executor(pipeline_store, driver, providers, RunMaker(), events.send, time.time, new_id)
    add_service(
        "codepipeline",
        codepipeline_api.CodePipelineService(executor, caller_arn),
        codepipeline_api.arn_of_request,
        codepipeline_api.TARGET,
    )
    register("AWS::CodePipeline::Pipeline", Pipeline(executor))

    _install_notifications(new_id)

    engine_targets.serve_pipelines(lambda name, rule, text: start_by_event(executor, name, rule, text))
    engine_delivery.at_start(lambda: driver.submit("codecommit", "codecommit", watch.step))
    engine_delivery.at_start(builds.resume)
    engine_delivery.at_start(executor.resume)


def _install_notifications(new_id: Callable[[], str]) -> None:
    rules, connections = Rules(time.time, tell), ConnectionsService()
    engine_service_events.listeners.append(rules.told)
    add_service("codestar-notifications", NotificationsService(rules), rules_api.arn_of_request)
    add_service("codeconnections", connections, connections_api.arn_of_request, connections_api.TARGET)
    register("AWS::CodeStarNotifications::NotificationRule", NotificationRule(rules, new_id))
    register("AWS::CodeConnections::Connection", Connection(connections, new_id))
