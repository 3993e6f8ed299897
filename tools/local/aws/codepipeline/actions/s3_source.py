"""Source/S3: one version of an object. The page "Amazon S3 source action reference"."""

from tools.local.aws.codepipeline.providers import ActionFailed, Done, Run

# The metadata of an object that becomes the summary of its revision (CodePipeline API Reference, *SourceRevision*).
SUMMARY = "codepipeline-artifact-revision-summary"


class S3Source:
    """Copies the object into the artifact store. The bucket must have versions."""

    def step(self, run: Run) -> Done:
        bucket = run.configuration["S3Bucket"]
        key, version = self._wanted(run)
        s3 = run.clients["s3"]
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise ActionFailed("ConfigurationError", f"The bucket {bucket} must have versioning enabled")
        found = s3.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
        content = found["Body"].read()
        run.put(run.only_output(), content)
        version, etag = found["VersionId"], found["ETag"].strip('"')
        summary = found["Metadata"].get(SUMMARY) or f"Amazon S3 version id: {version}"
        return Done(
            summary=summary,
            variables={"BucketName": bucket, "ObjectKey": key, "VersionId": version, "ETag": etag},
            revision={"revisionId": version, "revisionSummary": summary},
        )

    @staticmethod
    def _wanted(run: Run) -> tuple[str, str]:
        """Key and version: those of the action, or those that StartPipelineExecution names."""
        key, version = run.configuration["S3ObjectKey"], ""
        allowed = run.configuration.get("AllowOverrideForS3ObjectKey", "false").lower() == "true"
        for override in run.overrides:
            if override["revisionType"] == "S3_OBJECT_KEY":
                if not allowed:
                    raise ActionFailed("ConfigurationError", f"AllowOverrideForS3ObjectKey of {run.place} is not true")
                key = override["revisionValue"]
            elif override["revisionType"] == "S3_OBJECT_VERSION_ID":
                version = override["revisionValue"]
            else:
                raise ActionFailed("ConfigurationError", f"{run.place} takes no {override['revisionType']}")
        return key, version
