"""The records as the API returns them."""

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions.records import Store


def machine_view(store: Store, machine: Document) -> Document:
    return {
        **machine_summary(machine),
        "status": "ACTIVE",
        "definition": store.definition_text(machine["definition"]),
        "roleArn": machine["role"],
        "loggingConfiguration": machine["logging"],
        "tracingConfiguration": machine["tracing"],
        "revisionId": machine["revision"],
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }


def machine_summary(machine: Document) -> Document:
    return {
        "stateMachineArn": machine["arn"],
        "name": machine["name"],
        "type": "STANDARD",
        "creationDate": machine["created"],
    }


def execution_summary(execution: Document) -> Document:
    return {
        "executionArn": execution["arn"],
        "stateMachineArn": execution["machine"],
        "name": execution["name"],
        "status": execution["status"],
        "startDate": execution["started"],
        "redriveCount": 0,
        **({} if execution["stopped"] is None else {"stopDate": execution["stopped"]}),
    }


def execution_view(execution: Document) -> Document:
    texts = {name: execution[name] for name in ("error", "cause") if execution[name]}
    output = {"output": execution["output"], "outputDetails": {"included": True}}
    return {
        **execution_summary(execution),
        "input": execution["input_text"],
        "inputDetails": {"included": True},
        **(output if execution["output"] is not None else {}),
        **texts,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": f"Execution is {execution['status']} and cannot be redriven here",
    }
