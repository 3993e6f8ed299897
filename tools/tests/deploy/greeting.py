"""The stack of the service `alpha`, changed past the deploy tool."""

from tools.project.aws import Target


def set_greeting(target: Target, value: str) -> None:
    """Another value of the parameter `Greeting`, with the template and all other values as they are."""
    stack = target.environment.stack("alpha")
    (live,) = target.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    kept = [
        {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
        for each in live["Parameters"]
        if each["ParameterKey"] != "Greeting"
    ]
    target.cloudformation.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Parameters=[*kept, {"ParameterKey": "Greeting", "ParameterValue": value}],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    target.cloudformation.get_waiter("stack_update_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
