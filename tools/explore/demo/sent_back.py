"""The story of a return: goods come back, and the stock and the money follow by themselves."""

from textwrap import wrap
from typing import Any

from ecom.money import money
from ecom_client.journey import Purchase
from ecom_client.polling import poll
from ecom_client.returns import Received, Returns, Wanted
from tools.explore.demo.journeys import happy, print_state
from tools.explore.demo.people import Cast
from tools.explore.demo.story import Story
from tools.explore.demo_data import env_file
from tools.operate.mail import arguments, local_endpoint, mails

SENT_BACK = "demo-kettle"
# Four about the order, two about the return.
MAILS = 6
COMMAND = "aws stepfunctions get-execution-history --execution-arn"


def returned(cast: Cast, story: Story) -> Purchase:
    """The shopper sends a kettle back: staff approve and receive it, the stock and the money come back."""
    order = happy(cast, story)
    story.chapter("The shopper sends a kettle back, and staff receive it")
    return_id = _send_back(cast, story, order["orderId"])
    Returns(cast.shopper).wait_for(return_id, "REFUNDED")
    cast.shopper.wait_for(order["orderId"], paymentStatus="PARTIALLY_REFUNDED")
    print_state(cast, story, order)
    story.chapter("The states that the state machine of the return went through")
    _print_execution(cast, story, return_id)
    story.chapter("The mails to the shopper, the oldest first")
    for mail in reversed(_mails(order["orderId"])):
        story.state(mail["subject"])
    return order


def _send_back(cast: Cast, story: Story, order_id: str) -> str:
    with story.step("shopper", "requestReturn") as step:
        wanted: Wanted = {"productId": SENT_BACK, "quantity": 1, "reason": "It is too loud"}
        # The same token with the same order answers the same return.
        made = Returns(cast.shopper).request(order_id, [wanted], order_id)
        step.answer = f"1 x {SENT_BACK}, {made['status']}"
    with story.step("admin", "approveReturn") as step:
        step.answer = Returns(cast.admin).approve(made["returnId"])["status"]
    with story.step("clerk", "receiveReturn") as step:
        back: Received = {"productId": SENT_BACK, "quantity": 1, "condition": "RESTOCK"}
        received = Returns(cast.clerk).receive(made["returnId"], [back])
        step.answer = f"{received['status']}, {money(received['refund'] or 0, received['currency'])} to be paid back"
    return made["returnId"]


def _print_execution(cast: Cast, story: Story, return_id: str) -> None:
    machine, states = cast.platform.parameter("returns/state-machine/arn"), cast.platform.client("stepfunctions")
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{return_id}"
    ended = poll(
        lambda: states.describe_execution(executionArn=execution),
        lambda found: found["status"] != "RUNNING",
        what="the end of the execution",
    )
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    for line in wrap(" > ".join(entered(event for page in pages for event in page["events"])), width=96):
        story.state(line)
    story.state(f"{ended['status']}. All of its events: . {env_file()} && {COMMAND} {execution}")


def entered(events: Any) -> list[str]:
    """The names of the states, in order."""
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def _mails(order_id: str) -> list[dict[str, Any]]:
    """Those about the order and its return, the newest first."""
    endpoint, asked = local_endpoint(), arguments(["--about", order_id])
    return poll(lambda: mails(endpoint, asked), lambda found: len(found) >= MAILS, what=f"{MAILS} mails")
