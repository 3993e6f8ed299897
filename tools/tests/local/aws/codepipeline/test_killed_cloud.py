"""A cloud that is killed in the middle of an action goes on at its next start."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.pipelines import PipelineClient
from tools.tests.local.saved import wait_saved
from tools.tests.local.stacks import ROLE, Stack, eventually, template

# A stack whose resource asks a function, which takes as long as the file of the test exists.
SLOW = """
Parameters:
  Value: {Type: String}
  Greeting: {Type: String, Default: none}
Resources:
  Before:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: /killed-before, Value: !Ref Value}
  Slow:
    Type: Custom::Slow
    DependsOn: Before
    Properties: {ServiceToken: "arn:aws:lambda:us-east-1:000000000000:function:slow", Value: !Ref Value}
  After:
    Type: AWS::SSM::Parameter
    DependsOn: Slow
    Properties: {Type: String, Name: /killed-after, Value: !Ref Value}
"""
FUNCTION = (
    "Resources:"
    + ROLE % "lambda.amazonaws.com"
    + """
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: slow
      Runtime: python3.13
      Handler: index.handle
      Timeout: 60
      Role: !GetAtt Role.Arn
      Environment: {Variables: {WAIT: "%s"}}
      Code:
        ZipFile: |
          import json, os, pathlib, time, urllib.request

          def handle(event, context):
              wait = pathlib.Path(os.environ["WAIT"])
              (wait.parent / "asked").write_text(event["RequestType"])
              while wait.exists():
                  time.sleep(0.1)
              answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
              answer.update(Status="SUCCESS", PhysicalResourceId="slow")
              request = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
              urllib.request.urlopen(request)
"""
)
SPEC = """version: 0.2
env: {variables: {GREETING: hello}, exported-variables: [GREETING]}
phases:
  build:
    commands:
      - touch "%(folder)s/building"
      - while [ -e "%(folder)s/wait" ]; do sleep 0.1; done
      - cp template.yaml out.yaml
artifacts: {files: [template.yaml]}
"""


class Killed:
    """A cloud of its own, with a pipeline whose build or stack waits for a file."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.wait = folder / "wait"
        self.pipeline = PipelineClient(cloud, "killed")
        Stack(cloud, "function").deploy(FUNCTION % self.wait)
        spec = SPEC % {"folder": folder}
        assert "ROLLBACK" not in Stack(cloud, "pipeline").deploy(
            template("pipeline"),
            Name="killed",
            StackName="killed-target",
            BuildSpec=spec.replace('wait"', 'build-wait"'),
        )
        self.pipeline.ended(self.pipeline.executions()[0])  # without a source

    def start(self, value: str) -> str:
        self.pipeline.put_source("killed-artifacts", {"template.yaml": SLOW})
        return self.pipeline.start(variables=[{"name": "Value", "value": value}])

    def kill(self, *saved: str) -> None:
        """Kill the cloud when these texts are on the disk, and start it again."""
        for text in saved:
            wait_saved(self.cloud.home, text)
        pid = self.cloud.home.running()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.cloud.home.running() is None or None, "the cloud is dead")
        lifecycle.start(self.cloud.home)

    def value(self, name: str) -> str:
        return str(self.cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    with start_temporary(tmp_path_factory.mktemp("cloud")) as cloud:
        yield Killed(cloud, tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("value", ["created", "updated"])
def test_a_stack_that_was_interrupted_is_finished(killed: Killed, value: str) -> None:
    killed.wait.touch()
    asked = killed.folder / "asked"
    asked.unlink(missing_ok=True)
    execution = killed.start(value)
    eventually(asked.exists, f"the function runs: {killed.pipeline.errors(execution)}", 60)
    change_set = killed.cloud.client("cloudformation").describe_change_set(
        StackName="killed-target", ChangeSetName="next"
    )
    killed.kill(f'"began":"{change_set["ChangeSetId"]}"', '"ExecutionStatus":"EXECUTE_IN_PROGRESS"', '"_under_way":[')
    killed.wait.unlink()
    assert killed.pipeline.ended(execution) == "Succeeded", killed.pipeline.errors(execution)
    stack = Stack(killed.cloud, "killed-target")
    assert stack.status() == ("CREATE_COMPLETE" if value == "created" else "UPDATE_COMPLETE")
    assert (killed.value("/killed-before"), killed.value("/killed-after")) == (value, value)


def test_a_build_that_was_interrupted_runs_anew(killed: Killed) -> None:
    building, wait = killed.folder / "building", killed.folder / "build-wait"
    building.unlink(missing_ok=True)
    wait.touch()
    execution = killed.start("built")
    eventually(building.exists, "the build runs", 60)
    building.unlink()
    build = killed.pipeline.actions(execution)["Build"]["output"]["executionResult"]["externalExecutionId"]
    killed.kill(f'"build":"{build}"')
    eventually(building.exists, "the build runs again", 60)
    wait.unlink()
    assert killed.pipeline.ended(execution) == "Succeeded", killed.pipeline.errors(execution)
    assert killed.value("/killed-after") == "built"
    (found,) = killed.cloud.client("codebuild").batch_get_builds(ids=[build])["builds"]
    assert found["buildStatus"] == "SUCCEEDED"


def test_a_clean_stop_interrupts_a_build_and_the_next_start_runs_it(killed: Killed) -> None:
    building, wait = killed.folder / "building", killed.folder / "build-wait"
    building.unlink(missing_ok=True)
    wait.touch()
    execution = killed.start("stopped")
    eventually(building.exists, "the build runs", 60)
    building.unlink()
    lifecycle.stop(killed.cloud.home)
    lifecycle.start(killed.cloud.home)
    eventually(building.exists, "the build runs again", 60)
    wait.unlink()
    assert killed.pipeline.ended(execution) == "Succeeded", killed.pipeline.errors(execution)
