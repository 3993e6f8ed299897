"""Invoke/Lambda: a function that answers with PutJobSuccessResult or PutJobFailureResult.

The page "AWS Lambda invoke action reference".
"""

import json

from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Run
from tools.local.aws.iam.engine_sessions import narrowed
from tools.local.home import ACCOUNT

LONG = 24 * 3600.0
SECONDS = 3600.0
"""How long the function may use the artifacts."""


class LambdaInvoke:
    """Invokes the function asynchronously with a job, and waits for the result of the job."""

    def step(self, run: Run) -> Later | Done:
        result = run.work.get("result")
        if result is not None:
            if result.get("failure"):
                raise ActionFailed("JobFailed", str(result["failure"]))
            return Done(result.get("summary", ""), result.get("variables", {}))
        if not run.work.get("invoked"):
            run.save()
            run.clients["lambda"].invoke(
                FunctionName=run.configuration["FunctionName"],
                InvocationType="Event",
                Payload=json.dumps({"CodePipeline.job": self._job(run)}).encode(),
            )
            run.work["invoked"] = True
        return Later(LONG)

    @staticmethod
    def _job(run: Run) -> dict[str, object]:
        def artifact(name: str, where: dict[str, str]) -> dict[str, object]:
            location = {"bucketName": where["bucket"], "objectKey": where["key"]}
            return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": location}}

        credentials = narrowed(run.role, run.session, SECONDS, _artifacts_only(run))
        return {
            "id": run.action_id,
            "accountId": ACCOUNT,
            "data": {
                "actionConfiguration": {"configuration": dict(run.configuration)},
                "inputArtifacts": [artifact(name, where) for name, where in run.inputs.items()],
                "outputArtifacts": [artifact(name, where) for name, where in run.outputs.items()],
                "artifactCredentials": {
                    "accessKeyId": credentials.key,
                    "secretAccessKey": credentials.secret,
                    "sessionToken": credentials.token,
                },
                **({"encryptionKey": {"id": run.encryption_key, "type": "KMS"}} if run.encryption_key else {}),
            },
        }


def _artifacts_only(run: Run) -> dict[str, object]:
    """A policy for the artifacts of the action: the function gets credentials for nothing else."""

    def arns(places: dict[str, dict[str, str]]) -> list[str]:
        return [f"arn:aws:s3:::{where['bucket']}/{where['key']}" for where in places.values()]

    may_get, may_put = arns(dict(run.inputs)), arns(dict(run.outputs))
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": resources}
        for action, resources in (("s3:GetObject", may_get), ("s3:PutObject", may_put))
        if resources
    ]
    if statements and run.encryption_key:
        of_key = ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append({"Effect": "Allow", "Action": of_key, "Resource": run.encryption_key})
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": statements or [nothing]}
