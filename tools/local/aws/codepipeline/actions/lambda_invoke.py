"""Invoke/Lambda: a function that answers with PutJobSuccessResult or PutJobFailureResult.

The page "AWS Lambda invoke action reference".
"""

import json
from dataclasses import asdict

from tools.local.aws.codepipeline.providers import ActionFailed, Done, Later, Run
from tools.local.home import ACCOUNT

LONG = 24 * 3600.0


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

        credentials = asdict(run.clients.credentials)
        return {
            "id": run.action_id,
            "accountId": ACCOUNT,
            "data": {
                "actionConfiguration": {"configuration": dict(run.configuration)},
                "inputArtifacts": [artifact(name, where) for name, where in run.inputs.items()],
                "outputArtifacts": [artifact(name, where) for name, where in run.outputs.items()],
                "artifactCredentials": {
                    "accessKeyId": credentials["key"],
                    "secretAccessKey": credentials["secret"],
                    "sessionToken": credentials["token"],
                },
            },
        }
