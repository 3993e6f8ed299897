"""E9018: a pipeline's stages, actions and artifacts fit together. cfn-lint checks none of this."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import Resource, resources
from shared.cfn_lint_rules.values import Path, alternatives, as_list, text_of

TYPE = "AWS::CodePipeline::Pipeline"
# Provider -> its categories, and the configuration that it requires (CodePipeline User Guide, *Action structure
# reference*).
PROVIDERS: dict[str, tuple[set[str], set[str]]] = {
    "S3": ({"Source"}, {"S3Bucket", "S3ObjectKey"}),
    "CodeCommit": ({"Source"}, {"RepositoryName", "BranchName"}),
    "CodeStarSourceConnection": ({"Source"}, {"ConnectionArn", "FullRepositoryId", "BranchName"}),
    "CodeBuild": ({"Build", "Test"}, {"ProjectName"}),
    "CloudFormation": ({"Deploy"}, {"ActionMode", "StackName"}),
    "Lambda": ({"Invoke"}, {"FunctionName"}),
    "Manual": ({"Approval"}, set()),
}
# Mode -> the configuration that it requires beside (same page, *AWS CloudFormation deploy action reference*).
MODES: dict[str, set[str]] = {
    "CHANGE_SET_EXECUTE": {"ChangeSetName"},
    "CHANGE_SET_REPLACE": {"ChangeSetName", "TemplatePath", "RoleArn"},
    "CREATE_UPDATE": {"TemplatePath", "RoleArn"},
    "DELETE_ONLY": {"RoleArn"},
    "REPLACE_ON_FAILURE": {"TemplatePath", "RoleArn"},
}
ONLY_V2 = ("Triggers", "Variables")


@dataclass(frozen=True)
class Action:
    stage: str
    body: Mapping[str, Any]
    path: Path

    @property
    def name(self) -> str:
        return text_of(self.body.get("Name"))

    @property
    def order(self) -> int:
        return int(self.body.get("RunOrder") or 1)

    @property
    def configurations(self) -> list[Mapping[str, Any]]:
        """The configuration for every outcome of the conditions."""
        return [each or {} for each in alternatives(self.body.get("Configuration"))]

    @property
    def category(self) -> str:
        return str((self.body.get("ActionTypeId") or {}).get("Category"))

    @property
    def providers(self) -> list[str]:
        return [str(each) for each in alternatives((self.body.get("ActionTypeId") or {}).get("Provider"))]

    def artifacts(self, kind: str) -> list[str]:
        return [text_of(each.get("Name")) for each in as_list(self.body.get(kind)) if isinstance(each, Mapping)]


def stages(pipeline: Resource) -> list[tuple[str, list[Action]]]:
    """The stages in their order, conditional ones too."""
    found = []
    for index, stage in enumerate(as_list(pipeline.properties.get("Stages"))):
        if not isinstance(stage, Mapping):
            continue
        name, place = text_of(stage.get("Name")), pipeline.at("Stages", index, "Actions")
        bodies = [each for each in as_list(stage.get("Actions")) if isinstance(each, Mapping)]
        found.append((name, [Action(name, body, [*place, number]) for number, body in enumerate(bodies)]))
    return found


class PipelineStructure(Rule):
    """CodePipeline refuses such a pipeline only when it is created, or runs it without what was meant."""

    id: ClassVar[str] = "E9018"
    shortdesc: ClassVar[str] = "Stages, actions and artifacts of a pipeline fit together"
    description: ClassVar[str] = (
        "Types and providers are known, artifacts exist before their use, triggers name a source"
    )

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for pipeline in resources(template, TYPE):
            yield from self._kind(pipeline)
            yield from self._triggers(pipeline)
            yield from self._artifacts(pipeline)
            for _, actions in stages(pipeline):
                for action in actions:
                    yield from self._action(action)

    def _kind(self, pipeline: Resource) -> Iterator[Problem]:
        kind = text_of(pipeline.properties.get("PipelineType"))
        if kind != "V2":
            used = [name for name in ONLY_V2 if name in pipeline.properties]
            why = f"{' and '.join(used)} need it" if used else "a pipeline without it is V1"
            yield pipeline.at("PipelineType"), f"{pipeline.name}: write PipelineType: V2; {why}"
        if not text_of(pipeline.properties.get("ExecutionMode")):
            text = f"{pipeline.name}: write ExecutionMode: SUPERSEDED, QUEUED or PARALLEL, so that a reader sees it"
            yield pipeline.at("ExecutionMode"), text

    def _triggers(self, pipeline: Resource) -> Iterator[Problem]:
        first = stages(pipeline)[:1]
        sources = {action.name for _, actions in first for action in actions}
        for index, trigger in enumerate(as_list(pipeline.properties.get("Triggers"))):
            named = text_of((trigger.get("GitConfiguration") or {}).get("SourceActionName"))
            if named not in sources:
                known = ", ".join(sorted(sources)) or "none"
                yield (
                    pipeline.at("Triggers", index),
                    f"{pipeline.name}: no source action is named {named}; known: {known}",
                )

    def _artifacts(self, pipeline: Resource) -> Iterator[Problem]:
        made: dict[str, tuple[int, int]] = {}
        for position, (stage, actions) in enumerate(stages(pipeline)):
            for action in actions:
                for name in action.artifacts("OutputArtifacts"):
                    if name in made:
                        yield action.path, f"{stage}: {action.name}: another action already makes the artifact {name}"
                    made.setdefault(name, (position, action.order))
        for position, (_, actions) in enumerate(stages(pipeline)):
            for action in actions:
                yield from self._inputs(action, position, made)

    def _inputs(self, action: Action, position: int, made: Mapping[str, tuple[int, int]]) -> Iterator[Problem]:
        where, inputs = f"{action.stage}: {action.name}", action.artifacts("InputArtifacts")
        for name in inputs:
            if name not in made:
                yield action.path, f"{where}: no action makes the artifact {name}"
            elif made[name] >= (position, action.order):
                yield action.path, f"{where}: the artifact {name} is made only later, or beside it"
        for configuration in action.configurations:
            for key in ("TemplatePath", "TemplateConfiguration"):
                artifact = text_of(configuration.get(key)).partition("::")[0]
                if artifact and artifact not in inputs:
                    yield action.path, f"{where}: add {artifact}, which {key} names, to InputArtifacts"

    def _action(self, action: Action) -> Iterator[Problem]:
        where = f"{action.stage}: {action.name}"
        for provider in action.providers:
            if provider not in PROVIDERS:
                yield action.path, f"{where}: unknown provider {provider}; known: {', '.join(sorted(PROVIDERS))}"
            elif action.category not in PROVIDERS[provider][0]:
                right = " or ".join(sorted(PROVIDERS[provider][0]))
                yield action.path, f"{where}: the category of {provider} is {right}, not {action.category}"
        if len(action.providers) != 1 or action.providers[0] not in PROVIDERS:
            return
        for configuration in action.configurations:
            missing = PROVIDERS[action.providers[0]][1] - set(configuration)
            mode = text_of(configuration.get("ActionMode"))
            if action.providers[0] == "CloudFormation" and mode:
                if mode not in MODES:
                    yield action.path, f"{where}: unknown ActionMode {mode}; known: {', '.join(MODES)}"
                missing |= MODES.get(mode, set()) - set(configuration)
            if missing:
                yield action.path, f"{where}: its Configuration lacks {', '.join(sorted(missing))}"
