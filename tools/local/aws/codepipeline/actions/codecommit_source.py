"""Source/CodeCommit: the head of a branch, or a commit that StartPipelineExecution names.

The page "CodeCommit source action reference". CODE_ZIP is the files without history; with CODEBUILD_CLONE_REF the
artifact only says what a build clones.
"""

import json

from tools.local.aws.codebuild.files import CLONE_REFERENCE
from tools.local.aws.codecommit.repositories import Repositories, repository_arn
from tools.local.aws.codepipeline.actions.cloudformation_inputs import zip_of
from tools.local.aws.codepipeline.providers import ActionFailed, Done, Run
from tools.local.aws.iam.engine_sessions import demand


class CodeCommitSource:
    """Reads the branch with the rights of the action's role."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def step(self, run: Run) -> Done:
        name, branch = run.configuration["RepositoryName"], run.configuration["BranchName"]
        form = run.configuration.get("OutputArtifactFormat", "CODE_ZIP")
        client = run.clients["codecommit"]
        if run.overrides:
            (override,) = run.overrides
            if override["revisionType"] != "COMMIT_ID":
                raise ActionFailed("ConfigurationError", f"{run.place} takes no {override['revisionType']}")
            commit = override["revisionValue"]
        else:
            commit = client.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
        found = client.get_commit(repositoryName=name, commitId=commit)["commit"]
        run.put(run.only_output(), self._artifact(run, name, branch, found["commitId"], form))
        return Done(
            summary=found["message"].strip(),
            variables={
                "RepositoryName": name,
                "BranchName": branch,
                "CommitId": found["commitId"],
                "CommitMessage": found["message"].strip(),
                "AuthorDate": found["author"]["date"],
                "CommitterDate": found["committer"]["date"],
            },
            revision={"revisionId": found["commitId"], "revisionSummary": found["message"].strip()},
        )

    def _artifact(self, run: Run, name: str, branch: str, commit: str, form: str) -> bytes:
        if form == "CODEBUILD_CLONE_REF":
            demand(run.role, run.session, "codecommit:GetRepository", repository_arn(name))
            reference = {"RepositoryName": name, "BranchName": branch, "CommitId": commit}
            return zip_of({CLONE_REFERENCE: json.dumps(reference).encode()})
        if form != "CODE_ZIP":
            raise ActionFailed("ConfigurationError", f"the local cloud does not know OutputArtifactFormat {form}")
        for action in ("UploadArchive", "GetUploadArchiveStatus"):
            demand(run.role, run.session, f"codecommit:{action}", repository_arn(name))
        return self._repositories.archive(name, commit)
