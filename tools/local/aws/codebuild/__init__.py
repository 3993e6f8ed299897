"""CodeBuild: projects, buildspecs, builds, API and resource type."""
