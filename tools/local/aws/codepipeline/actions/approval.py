"""Approval/Manual: waits for PutApprovalResult. The page "Add a manual approval action to a stage"."""

import json
import secrets

from tools.local.aws.codepipeline.providers import Later, Run
from tools.local.aws.iam.engine_resource_policies import key_of_topic
from tools.local.aws.iam.engine_sessions import demand

# What a publisher needs (SNS Developer Guide, *Managing Amazon SNS encryption keys and costs*).
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
LONG = 7 * 24 * 3600.0


class Approval:
    """Tells the topic, if there is one, and waits until a person decides or the time-out ends."""

    def step(self, run: Run) -> Later:
        if not run.work.get("token"):
            run.work["token"] = secrets.token_urlsafe(24)
            run.save()
            topic = run.configuration.get("NotificationArn")
            if topic:
                self._demand_key(run, key_of_topic(topic))
                run.clients["sns"].publish(
                    TopicArn=topic,
                    Subject=f"APPROVAL NEEDED: AWS CodePipeline {run.pipeline[:60]}",
                    Message=json.dumps(self._message(run)),
                )
        return Later(LONG)

    @staticmethod
    def _demand_key(run: Run, key: str) -> None:
        for action in KEY_ACTIONS if key else ():
            demand(run.role, run.session, action, key)

    @staticmethod
    def _message(run: Run) -> dict[str, object]:
        return {
            "approval": {
                "pipelineName": run.pipeline,
                "stageName": run.stage,
                "actionName": run.action["name"],
                "token": run.work["token"],
                "externalEntityLink": run.configuration.get("ExternalEntityLink", ""),
                "customData": run.configuration.get("CustomData", ""),
            }
        }
