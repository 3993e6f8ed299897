"""CloudFormation updates an alias with the update policy CodeDeployLambdaAliasUpdate through a deployment.

Document: CloudFormation Template Reference, *UpdatePolicy attribute*.
"""

import contextvars
import copy
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, provisioner_module
from tools.local.aws.codedeploy import engine_shift
from tools.local.aws.codedeploy.deployments import SUCCEEDED, Group
from tools.local.engine.patching import core, patch

ALIAS = "AWS::Lambda::Alias"
POLICY = "CodeDeployLambdaAliasUpdate"
HOOKS = ("BeforeAllowTrafficHook", "AfterAllowTrafficHook")

Running = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""The stack, its new template and the values of its parameters."""
_running: contextvars.ContextVar[Running | None] = contextvars.ContextVar("running_update", default=None)
_rolling_back: contextvars.ContextVar[bool] = contextvars.ContextVar("rolling_back", default=False)


@patch
def an_alias_with_an_update_policy_is_shifted() -> None:
    """With the update policy, CloudFormation changes the version of an alias through a CodeDeploy deployment, and the
    resource fails when the deployment does. The engine ignores the policy."""
    handlers = provisioner_module()._RESOURCE_HANDLERS[ALIAS]
    create: Callable[[str, Properties, str], Created] = handlers["create"]
    update: Callable[[str, Properties, Properties, str, str | None], Created] = handlers["update"]

    def create_checked(logical_id: str, properties: Properties, stack: str) -> Created:
        _policy(stack, logical_id)  # refuses what is not served
        return create(logical_id, properties, stack)

    def update_gradually(
        physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None
    ) -> Created:
        same = all(old.get(name) == new.get(name) for name in ("FunctionName", "Name"))
        before, after = str(old.get("FunctionVersion")), str(new.get("FunctionVersion"))
        policy = None if _rolling_back.get() else _policy(stack, logical_id or "")
        if policy and same and before != after:
            _deploy(policy, physical_id, before, after)
            old = {**old, "FunctionVersion": after}
        return update(physical_id, old, new, stack, logical_id)

    handlers["create"], handlers["update"] = create_checked, update_gradually


def _deploy(policy: Mapping[str, Any], alias: str, old: str, new: str) -> None:
    """Run a deployment to its end. Raises ResourceFailed when the alias is back at the old version."""
    group = _group(policy)
    function, name = alias.rsplit(":", 2)[-2:]
    one = engine_shift.wait(engine_shift.start(group, function, name, old, new).id)
    if one is None or one.status != SUCCEEDED:
        message = one.message if one else "it does not exist any more"
        raise ResourceFailed(f"Deployment {one.id if one else ''} failed: {message}")


def _group(policy: Mapping[str, Any]) -> Group:
    application, name = policy.get("ApplicationName"), policy.get("DeploymentGroupName")
    found = engine_shift.store.groups.get(f"{application}/{name}")
    if found is None:
        raise ResourceFailed(f"No Deployment Group found for name: {name}")
    return found


def _policy(stack: str, logical_id: str) -> Mapping[str, Any] | None:
    """The resolved update policy of an alias in the running operation; None without one."""
    records = core("services.cloudformation")._stacks
    record = records.get(stack) or {}
    running = _running.get()
    if running is not None and running[0] == stack:
        template, values = running[1], running[2]
    else:  # a nested stack: its record has the new template already
        template, values = record.get("_template") or {}, record.get("_resolved_params") or {}
    resource = (template.get("Resources") or {}).get(logical_id) or {}
    written = (resource.get("UpdatePolicy") or {}).get(POLICY)
    if not written:
        return None
    engine = core("services.cloudformation.engine")
    resolved: dict[str, Any] = engine._resolve_refs(
        copy.deepcopy(written),
        record.get("_resources") or {},
        values,
        engine._evaluate_conditions(template, values),
        template.get("Mappings") or {},
        stack,
        record.get("StackId"),
    )
    for hook in HOOKS:
        if resolved.get(hook):
            raise ResourceFailed(f"{hook} is not served here; remove it from the update policy of {logical_id}")
    return resolved


@patch
def updates_of_stacks_are_known() -> None:
    """The engine does not tell a resource's handler the template of its stack. A rollback of a stack moves its aliases
    back at once: AWS does not document how."""
    modules = [core(f"services.cloudformation.{name}") for name in ("stacks", "handlers", "changesets")]
    deploy: Callable[..., Any] = modules[0]._deploy_stack_async
    roll_back: Callable[..., Any] = modules[0]._roll_back_operation

    async def deploy_known(stack: str, stack_id: str, template: Any, values: Any, *rest: Any, **named: Any) -> None:
        _running.set((stack, template, values))  # in the context of this operation's own task
        await deploy(stack, stack_id, template, values, *rest, **named)

    async def roll_back_known(*given: Any, **named: Any) -> None:
        token = _rolling_back.set(True)
        try:
            await roll_back(*given, **named)
        finally:
            _rolling_back.reset(token)

    for module in modules:
        module._deploy_stack_async = deploy_known
        if hasattr(module, "_roll_back_operation"):
            module._roll_back_operation = roll_back_known


@patch
def a_shift_does_not_block_the_cloud() -> None:
    """The engine creates resources on its event loop, except the types that wait. An alias may wait for a shift."""
    stacks = core("services.cloudformation.stacks")
    on_a_thread: Callable[[str], bool] = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda type_name: type_name == ALIAS or on_a_thread(type_name)


@patch
def update_policies_are_dependencies() -> None:
    """What an update policy refers to is created before the resource. The engine looks at the properties only."""
    engine = core("services.cloudformation.engine")
    find: Callable[[Any, Any], set[str]] = engine._extract_deps

    def find_in_policy_too(resource: Any, names: Any) -> set[str]:
        policy = resource.get("UpdatePolicy") if isinstance(resource, dict) else None
        found = set(find(resource, names))
        return found | set(find({"Properties": policy}, names)) if policy else found

    engine._extract_deps = find_in_policy_too
