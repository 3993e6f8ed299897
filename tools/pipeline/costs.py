"""What the pipelines cost, by AWS's list prices of us-east-1, November 2026 (pages *AWS CodePipeline pricing*,
*AWS CodeBuild pricing*, *AWS KMS pricing*). The amounts of work are assumed."""

CODEPIPELINE_MINUTE = 0.002
# The price of x86; arm, which the projects use, costs less.
CODEBUILD_SMALL_MINUTE, CODEBUILD_MEDIUM_MINUTE = 0.005, 0.01
KMS_KEY_MONTH = 1.00
KEYS = 2
# Assumed for a service that goes from its commit to production. CodePipeline rounds each action up to a minute.
ACTION_MINUTES, TEST_MINUTES, BUILD_MINUTES = 25, 10, 5


def of_one_deployment() -> float:
    """One service, from a commit to production."""
    return (
        (ACTION_MINUTES + TEST_MINUTES + BUILD_MINUTES) * CODEPIPELINE_MINUTE
        + TEST_MINUTES * CODEBUILD_SMALL_MINUTE
        + BUILD_MINUTES * CODEBUILD_MEDIUM_MINUTE
    )


def monthly(services: int) -> list[str]:
    one = of_one_deployment()
    return [
        f"{KEYS * KMS_KEY_MONTH:.2f} a month for {KEYS} keys; pipelines and projects cost nothing while nothing runs",
        f"about {one:.2f} for a service from its commit to production, {one * services:.2f} when all {services} go",
        "and cents for stored artifacts, logs, and the queue of dead letters",
    ]
