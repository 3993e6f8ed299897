"""CodeDeploy for Lambda: applications, deployment groups, and deployments that shift an alias to a new version."""
