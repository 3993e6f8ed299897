"""CodePipeline, for the action `Gate` of each pipeline, before a deployment to an environment.

The action fails with the reason when the service cannot be deployed. Otherwise its output artifact has the settings of
the stack.
"""

import logging
import os
from typing import Any

from pipeline_service import aws
from pipeline_service.commits import read_deployment
from pipeline_service.environment import Environment
from pipeline_service.gate import NotDeployable, check_dependencies, settings
from pipeline_service.jobs import LONGEST_MESSAGE, Artifacts, Job, job_of
from pipeline_service.pipelines import Pipelines

logger = logging.getLogger()


def handler(event: dict[str, Any], context: Any) -> None:
    job = job_of(event)
    try:
        prepare(job, context)
    except NotDeployable as reason:
        fail(job, str(reason), context)
    except Exception as error:
        # Without a result the action would run until its time-out of an hour.
        logger.exception("the gate failed")
        fail(job, f"the gate failed: {type(error).__name__}: {error}", context)
    else:
        aws.codepipeline().put_job_success_result(jobId=job.id)


def prepare(job: Job, context: Any) -> None:
    artifacts = Artifacts(job, aws.client, os.environ["ARTIFACT_KEY_ARN"])
    metadata, template = artifacts.read("deployment/metadata.json", "deployment/template.json")
    deployment, environment = read_deployment(metadata), job.parameters["environment"]
    pipelines = Pipelines(aws.codepipeline(), aws.passed_revisions())
    check_dependencies(deployment, environment, lambda service: pipelines.deployed_revision(service, environment))
    partition = context.invoked_function_arn.split(":")[1]
    role = f"arn:{partition}:iam::{job.parameters['account']}:role/ecommerce-{environment}-pipeline-gate"
    place = Environment(aws.client, role)
    place.make_deployable(f"ecommerce-{environment}-{deployment.service}")
    artifacts.write("settings.json", settings(deployment, environment, template, place.resolve))


def fail(job: Job, message: str, context: Any) -> None:
    aws.codepipeline().put_job_failure_result(
        jobId=job.id,
        failureDetails={
            "type": "JobFailed",
            "message": message[:LONGEST_MESSAGE],
            "externalExecutionId": context.aws_request_id,
        },
    )
