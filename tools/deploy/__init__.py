"""From source to a deployed stack: build, package, deploy, tear down."""
