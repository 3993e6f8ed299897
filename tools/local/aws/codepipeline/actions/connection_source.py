"""Source/CodeStarSourceConnection: accepted in structures. It fails when it runs."""

from tools.local.aws.codepipeline.providers import ActionFailed, Done, Run


class ConnectionSource:
    """There is no repository provider behind a connection of the local cloud."""

    def step(self, run: Run) -> Done:
        connection, repository = run.configuration["ConnectionArn"], run.configuration["FullRepositoryId"]
        raise ActionFailed(
            "ConfigurationError",
            f"[CodeStarConnections] Connection {connection} is not available: the local cloud has no connection to a"
            f" provider, so {repository} cannot be read; use a source action of S3 or CodeCommit here",
        )
