"""CodeCommit: repositories, API and resource type."""
