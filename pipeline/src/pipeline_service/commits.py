"""What a pipeline deploys: one service at one commit, as the build described it in `deployment/metadata.json`."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The build writes it as the object's `codepipeline-artifact-revision-summary`; CodePipeline shows it as the summary of
# the source revision.
SUMMARY = re.compile(r"(?P<number>\d+) (?P<commit>[0-9a-f]{7,40})(?: .*)?", re.DOTALL)


@dataclass(frozen=True, order=True)
class Revision:
    """A commit. A later commit of the branch has a higher number."""

    number: int
    commit: str

    def __str__(self) -> str:
        return f"{self.commit[:8]} (number {self.number})"


NEVER = Revision(0, "")


def revision_of(summary: str) -> Revision:
    found = SUMMARY.fullmatch(summary)
    return Revision(int(found["number"]), found["commit"]) if found else NEVER


@dataclass(frozen=True)
class Deployment:
    """One service at one commit."""

    service: str
    dependencies: Mapping[str, Revision]
    """The services that must be in an environment first, each at least at this revision."""
    parameters: Mapping[str, Mapping[str, str]]
    """Environment -> values of the template's parameters."""
    from_ssm: frozenset[str]
    """Parameters whose value is the name of an SSM parameter."""
    hash_parameter: str
    """The parameter that publishes new versions of functions when template or parameters change; or empty."""
    tags: Mapping[str, Mapping[str, str]]


def deployment_of(document: Mapping[str, Any]) -> Deployment:
    environments = document["environments"]
    return Deployment(
        document["service"],
        {name: Revision(each["number"], each["commit"]) for name, each in document["dependencies"].items()},
        {name: each["parameters"] for name, each in environments.items()},
        frozenset(document["from_ssm"]),
        document["hash_parameter"],
        {name: each["tags"] for name, each in environments.items()},
    )


def read_deployment(text: bytes) -> Deployment:
    return deployment_of(json.loads(text))
