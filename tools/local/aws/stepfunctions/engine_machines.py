"""State machines of this package beside those of the engine: one API, one resource type, one saved state.

The engine runs what this package does not: JSONPath, Map, Parallel, Express, and other tasks than functions.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import provisioner_module, register, resource_type
from tools.local.aws.eventbridge import engine_service_events
from tools.local.aws.iam.engine_pass_role import pass_role_refusal
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.aws.iam.engine_sessions import trusts_service
from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions.api import StepFunctionsService
from tools.local.aws.stepfunctions.definition import is_ours, read
from tools.local.aws.stepfunctions.engine_functions import PRINCIPAL, LambdaFunctions
from tools.local.aws.stepfunctions.engine_measures import measure
from tools.local.aws.stepfunctions.executor import Executor, status_detail
from tools.local.aws.stepfunctions.machines import Machines
from tools.local.aws.stepfunctions.records import Store, machine_arn, machine_of
from tools.local.aws.stepfunctions.resource_types import StateMachine
from tools.local.delivery import engine_delivery
from tools.local.engine.own_services import Response
from tools.local.engine.patching import core, patch, service
from tools.local.persistence.durability import changes

TYPE = "AWS::StepFunctions::StateMachine"
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
"""What a role needs for LoggingConfiguration: the page "Using CloudWatch Logs to log execution history"."""


def _report(execution: Document) -> None:
    """An execution has got its present status: CloudWatch counts it, and EventBridge gets an event."""
    measure(execution, engine_delivery.clock())
    detail = status_detail(execution)
    engine_service_events.put("aws.states", "Step Functions Execution Status Change", detail, [execution["arn"]])


def _role_may_log(role: str) -> bool:
    return all(role_allows(role, action, "*") for action in LOG_DELIVERY)


store = Store(engine_delivery.clock, changes.note)
executor = Executor(
    store,
    engine_delivery.driver,
    LambdaFunctions(),
    _report,
    engine_delivery.clock,
    engine_delivery.pace,
    engine_delivery.new_id,
)
machines = Machines(
    store, engine_delivery.clock, engine_delivery.new_id, lambda role: trusts_service(role, PRINCIPAL), _role_may_log
)
api = StepFunctionsService(executor, machines)


def install() -> None:
    """Register the resource type, and go on with the executions at the start of the cloud."""
    register(TYPE, StateMachine(machines, store, resource_type(TYPE), _definition_of))
    engine_delivery.at_start(executor.resume)


def _definition_of(properties: Document) -> str:
    """The text of the definition that a template gives, with its substitutions."""
    return str(provisioner_module()._sfn_definition(copy.deepcopy(properties)))


def _is_known(arn: Any) -> bool:
    """Whether an ARN names a machine of this package, or an execution of one."""
    if not isinstance(arn, str):
        return False
    if ":execution:" in arn:
        return machine_of(arn) in store.machines
    return arn in store.machines


def _is_for_us(operation: str, request: Document) -> bool:
    arns = [request[name] for name in ("stateMachineArn", "executionArn", "resourceArn") if name in request]
    if arns:
        return any(_is_known(arn) for arn in arns)
    if operation.startswith("SendTask"):
        return request.get("taskToken") not in service("stepfunctions")._task_tokens
    if operation in ("CreateStateMachine", "ValidateStateMachineDefinition"):
        return machine_arn(str(request.get("name"))) in store.machines or _is_our_definition(request)
    return False


def _is_our_definition(request: Document) -> bool:
    try:
        return is_ours(read(str(request.get("definition"))), str(request.get("type", "STANDARD")))
    except ValueError:
        return False  # the engine refuses it
    except RecursionError:
        return True  # and this package refuses what is nested too deeply


@patch
def one_api_for_all_machines() -> None:
    """AWS keeps executions for a year, enforces the role of a machine, and ends a task with its token. The engine loses
    running executions when it stops, and asks no role. So machines in JSONata are served by this package."""
    handlers, tokens = core("app").SERVICE_HANDLERS, "SendTask"
    handle = handlers["states"]

    async def routed(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            request = json.loads(body or b"{}")
        except ValueError:
            request = None
        if not isinstance(request, dict):
            return await api.handle_request(method, path, headers, body, query)  # refuses it
        if operation in ("CreateStateMachine", "UpdateStateMachine") and isinstance(request.get("roleArn"), str):
            refusal = pass_role_refusal("states", PRINCIPAL, request["roleArn"], headers, query)
            if refusal is not None:
                return refusal
        with store.lock:
            ours = _is_for_us(operation, request)
        if ours and (operation.startswith(tokens) or not _name_is_taken(operation, request)):
            return await api.handle_request(method, path, headers, body, query)
        answer: Response = await handle(method, path, headers, body, query)
        return _with_ours(answer) if operation == "ListStateMachines" and answer[0] == 200 else answer

    handlers["states"] = routed


def _name_is_taken(operation: str, request: Document) -> bool:
    """Whether a machine of the engine has the name of a new one."""
    return operation == "CreateStateMachine" and machine_arn(str(request.get("name"))) in _engines()


def _engines() -> Any:
    return service("stepfunctions")._state_machines


def _with_ours(answer: Response) -> Response:
    status, headers, body = answer
    content = json.loads(body)
    if not content.get("nextToken"):  # on the last page
        with store.lock:
            content["stateMachines"] += [
                {"stateMachineArn": one["arn"], "name": one["name"], "type": "STANDARD", "creationDate": one["created"]}
                for one in store.machines.values()
            ]
    return status, headers, json.dumps(content).encode()


@patch
def services_start_our_machines() -> None:
    """EventBridge and API Gateway start executions by these functions of the engine."""
    states = core("services.stepfunctions")
    resolve: Callable[[str], str | None] = states._resolve_state_machine_arn
    start: Callable[[Document], Response] = states._start_execution

    def resolve_any(arn: str) -> str | None:
        return arn if _is_known(arn) else resolve(arn)

    def start_any(request: Document) -> Response:
        if _is_known(request.get("stateMachineArn")):
            return api.answer("StartExecution", json.dumps(request).encode())
        return start(request)

    states._resolve_state_machine_arn = resolve_any
    states._start_execution = start_any


@patch
def tags_are_authorised_for_their_resource() -> None:
    """AWS asks policies about the tagged resource. The engine asks about `*`.

    Service Authorization Reference: *Actions, resources, and condition keys for AWS Step Functions*.
    """
    actions = core("core.iam_actions")
    original: Callable[..., str] = actions.extract_resource_arn

    def extract(
        service_name: str, method: str, path: str, headers: Any, body: bytes, params: Any, region: str, account: str
    ) -> str:
        if service_name == "states":
            arn = actions._safe_json_field(body, "resourceArn")
            if arn:
                return str(arn)
        return original(service_name, method, path, headers, body, params, region, account)

    actions.extract_resource_arn = extract


@patch
def executions_are_saved() -> None:
    """AWS is durable. The store is saved in the same moment as the tables."""
    app = core("app")
    app._loaded_modules["stepfunctions_jsonata"] = store
    app._state_map["stepfunctions_jsonata"] = "stepfunctions_jsonata"
