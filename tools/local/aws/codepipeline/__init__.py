"""CodePipeline: structures, executions, actions, API and resource type."""
