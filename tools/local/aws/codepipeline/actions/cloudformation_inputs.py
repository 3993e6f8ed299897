"""The arguments of a stack operation: template, template configuration, parameters, capabilities, role."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from tools.local.aws.codepipeline.providers import ActionFailed, Run
from tools.local.aws.own_clients import endpoint

LARGEST_BODY = 51_200
"""Bytes of a template that CloudFormation takes in a request. A larger one is read from S3."""


def stack_arguments(run: Run) -> dict[str, Any]:
    """The arguments that CreateStack, UpdateStack and CreateChangeSet have in common."""
    configured = _template_configuration(run)
    parameters = {**configured.get("Parameters", {}), **_overrides(run)}
    arguments: dict[str, Any] = {
        **_template(run),
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": [one.strip() for one in run.configuration.get("Capabilities", "").split(",") if one.strip()],
        **role_argument(run),
    }
    if configured.get("Tags"):
        arguments["Tags"] = [{"Key": key, "Value": value} for key, value in configured["Tags"].items()]
    return arguments


def role_argument(run: Run) -> dict[str, str]:
    role = run.configuration.get("RoleArn")
    return {"RoleARN": role} if role else {}


def file_of(run: Run, reference: str) -> bytes:
    """The content of `Artifact::file`."""
    artifact, separator, name = reference.partition("::")
    if not separator:
        raise ActionFailed("ConfigurationError", f"{reference} of {run.place} must have the form artifact::file")
    with zipfile.ZipFile(io.BytesIO(run.get(artifact))) as archive:
        try:
            return archive.read(name)
        except KeyError:
            raise ActionFailed("ConfigurationError", f"File [{name}] does not exist in artifact [{artifact}]") from None


def zip_of(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _template(run: Run) -> dict[str, str]:
    content = file_of(run, run.configuration["TemplatePath"])
    if len(content) <= LARGEST_BODY:
        return {"TemplateBody": content.decode()}
    bucket = next(iter(run.inputs.values()))["bucket"]
    where = {"bucket": bucket, "key": f"{run.pipeline[:20]}/templates/{run.action_id}"}
    run.put(where, content)
    return {"TemplateURL": f"{endpoint()}/{bucket}/{where['key']}"}


def _template_configuration(run: Run) -> dict[str, Any]:
    """The file `TemplateConfiguration`: Parameters and Tags. A StackPolicy is not served."""
    reference = run.configuration.get("TemplateConfiguration")
    if not reference:
        return {}
    configured = _object(file_of(run, reference), reference)
    for key in configured:
        if key not in ("Parameters", "Tags"):
            raise ActionFailed("ConfigurationError", f"the local cloud does not know {key} in {reference}")
    return configured


def _overrides(run: Run) -> dict[str, str]:
    """`ParameterOverrides`: texts, and the functions Fn::GetArtifactAtt and Fn::GetParam."""
    text = run.configuration.get("ParameterOverrides")
    if not text:
        return {}
    return {name: _parameter(run, name, value) for name, value in _object(text, "ParameterOverrides").items()}


def _parameter(run: Run, name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((function, arguments),) = value.items()
        if function == "Fn::GetArtifactAtt" and isinstance(arguments, list) and len(arguments) == 2:
            where = run.inputs.get(arguments[0])
            if where is not None and arguments[1] in ("BucketName", "ObjectKey"):
                return str(where["bucket" if arguments[1] == "BucketName" else "key"])
        if function == "Fn::GetParam" and isinstance(arguments, list) and len(arguments) == 3:
            artifact, file, key = arguments
            found = _object(file_of(run, f"{artifact}::{file}"), file)
            if key in found:
                return str(found[key])
    raise ActionFailed(
        "ConfigurationError", f"the local cloud does not know the override of parameter {name}: {value!r}"
    )


def _object(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise ActionFailed("ConfigurationError", f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise ActionFailed("ConfigurationError", f"{what} is not a JSON object")
    return value
