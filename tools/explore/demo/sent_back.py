"""The story of a return: goods come back, and the stock and the money follow by themselves. Then goodwill is paid back
twice, and the provider's answer to the second refund is lost."""

from textwrap import wrap
from typing import Any

from ecom.money import money
from ecom_client.journey import Purchase
from ecom_client.polling import poll
from ecom_client.returns import Received, Returns, Wanted
from tools.explore.demo.journeys import StoryEnded, happy, print_state
from tools.explore.demo.people import Cast
from tools.explore.demo.story import Story
from tools.explore.demo_data import env_file
from tools.operate.mail import arguments, local_endpoint, mails

SENT_BACK = "demo-kettle"
# Four about the order, two about the return.
MAILS = 6
GOODWILL = 500
COMMAND = "aws stepfunctions get-execution-history --execution-arn"


def returned(cast: Cast, story: Story) -> Purchase:
    """The shopper sends a kettle back, and its money comes back; then goodwill, once with a lost answer."""
    order = happy(cast, story)
    story.chapter("The shopper sends a kettle back, and staff receive it")
    return_id = _send_back(cast, story, order["orderId"])
    Returns(cast.shopper).wait_for(return_id, "REFUNDED")
    cast.shopper.wait_for(order["orderId"], paymentStatus="PARTIALLY_REFUNDED")
    print_state(cast, story, order)
    story.chapter("The states that the state machine of the return went through")
    _print_execution(cast, story, return_id)
    _goodwill(cast, story, order)
    _lost_answer(cast, story, order)
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


def _goodwill(cast: Cast, story: Story, order: Purchase) -> None:
    story.chapter("The lamp has a scratch: an administrator pays a part of its price back")
    _refund(cast, story, order, GOODWILL, "scratch")
    print_state(cast, story, order)


def _lost_answer(cast: Cast, story: Story, order: Purchase) -> None:
    """The provider pays, and payment does not learn it. It asks again with the same idempotency key."""
    story.chapter("The provider makes the next refund, but its answer is lost")
    before = _paid_back(cast, order)
    with story.step("provider", "POST /scripts") as step:
        cast.provider.script("TIMEOUT_AFTER", order["paymentToken"], operations=["refund"], times=1)
        step.answer = "the next refund takes effect, and is answered with 504"
    _refund(cast, story, order, GOODWILL, "delay")
    again = poll(
        lambda: cast.admin.refund(order["orderId"], GOODWILL, _token(order, "delay"), "delay"),
        lambda refund: refund["status"] == "DONE",
        seconds=90,
        what="the end of the refund",
    )
    paid = _paid_back(cast, order) - before
    story.line("payment", f"asked again with the same key; the refund is {again['status']}")
    print_state(cast, story, order)
    if paid != GOODWILL:
        raise StoryEnded(f"the provider paid {paid} back for one refund of {GOODWILL}")
    story.state(f"{money(paid, order['currency'])} were paid back once")


def _refund(cast: Cast, story: Story, order: Purchase, amount: int, why: str) -> None:
    with story.step("admin", "refundOrder") as step:
        refund = cast.admin.refund(order["orderId"], amount, _token(order, why), why)
        step.answer = f"{money(amount, order['currency'])} for the {why}, {refund['status']}"


def _token(order: Purchase, why: str) -> str:
    """The same token with the same content answers the same refund."""
    return f"{order['orderId']}-{why[:6]}"  # at most 43 characters


def _paid_back(cast: Cast, order: Purchase) -> int:
    return int(cast.provider.payment(order["paymentToken"])["refunded"])


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
