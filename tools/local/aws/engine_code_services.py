"""CodePipeline, CodeBuild and CodeCommit of one cloud, put together."""

import time
from pathlib import Path

from tools.local.aws.cloudformation.engine_provisioners import register
from tools.local.aws.codebuild import api as codebuild_api
from tools.local.aws.codebuild.builds import Builds
from tools.local.aws.codebuild.records import Store as BuildStore
from tools.local.aws.codebuild.resource_types import Project
from tools.local.aws.codebuild.starting import Starter
from tools.local.aws.codepipeline import api as codepipeline_api
from tools.local.aws.codepipeline.actions.approval import Approval
from tools.local.aws.codepipeline.actions.cloudformation import CloudFormation
from tools.local.aws.codepipeline.actions.codebuild import CodeBuild
from tools.local.aws.codepipeline.actions.connection_source import ConnectionSource
from tools.local.aws.codepipeline.actions.lambda_invoke import LambdaInvoke
from tools.local.aws.codepipeline.actions.s3_source import S3Source
from tools.local.aws.codepipeline.events import Events
from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.providers import Provider
from tools.local.aws.codepipeline.records import Store as PipelineStore
from tools.local.aws.codepipeline.resource_types import Pipeline
from tools.local.aws.codepipeline.runs import RunMaker
from tools.local.aws.eventbridge import engine_service_events
from tools.local.aws.iam.engine_caller import caller_arn
from tools.local.delivery import engine_delivery
from tools.local.engine.own_services import add_service
from tools.local.persistence.durability import changes


def install(folder: Path) -> None:
    """Register the services and their resource types. `folder` is the folder of the cloud."""
    driver, new_id = engine_delivery.driver, engine_delivery.new_id

    build_store = BuildStore(time.time, changes.note)
    builds = Builds(build_store, driver, folder / "tmp" / "codebuild", folder / "state" / "codebuild", _no_repository)
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

    engine_delivery.at_start(builds.resume)
    engine_delivery.at_start(executor.resume)


def _no_repository(name: str) -> Path:
    raise ValueError(name)
