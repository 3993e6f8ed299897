"""A broken promise as a short story in plain words, with the command that repeats it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from tools.sim.run import Result

PROMISES = {
    "M1": "captured at most what was authorised; a hold covers its order, and ends once",
    "M2": "what is delivered is captured exactly once, for the order's final total",
    "M3": "what failed or was cancelled is void; other holds are left alone",
    "M4": "the total is the sum of catalogue prices and the delivery price, and they stay",
    "M5": "refunds are at most what was captured, and each is paid back once",
    "M6": "a return ends with its money at the provider and its goods in stock, each once",
    "R1": "of a delivered unit there is at most one return",
    "K1": "stock is never negative",
    "K2": "no unit of stock appears or disappears",
    "O1": "only legal transitions",
    "O2": "every accepted order ends as people asked, and staff find all their work",
    "O3": "one token, one order",
    "O4": "an accepted order keeps its stock",
    "C1": "changes of a cart at the same time lose nothing, and what was ordered leaves it once",
    "C2": "a merged cart is counted once, and gone afterwards; one checkout, one order",
    "E1": "every change is published, and reaches every service that reacts to it; every event is of a change",
    "E2": "a repeated event, in any order, changes nothing, and sends no mail",
    "E3": "each event of a row has a sequence of its own",
    "E4": "nothing is dropped, and no dead letter stays after a redrive",
    "N1": "notifications mails every change to the shopper, with the subject of that change",
    "N2": "no mail is sent twice, unless an operator sends a dead letter back",
    "U1": "no shopper reads or changes what belongs to another; APIs for services answer services only",
    "A1": "shoppers can order; while nothing fails, requests are answered, and answers fit each other",
    "RIGHTS": "every function may do what it does",
    "RECONCILE": "the reconciliation compares everything, and finds what disagrees and nothing else",
}
MOST_LINES = 40
_PRODUCT = re.compile(r"p\d+")


def story(result: Result) -> str:
    """What people did, what failed, what ended wrong, and how to see it again."""
    first = result.violations[0]
    lines = [f"{first.name} is broken: {PROMISES.get(first.name, '')}"]
    steps = sorted(_steps(result))
    if len(steps) > MOST_LINES:
        steps = [*steps[: MOST_LINES // 2], (steps[MOST_LINES // 2][0], "..."), *steps[-MOST_LINES // 2 :]]
    lines += [f"  {_time(at)}  {text}" for at, text in steps]
    if len(result.fired) > MOST_LINES:
        lines.append(f"  {len(result.fired):,} faults happened, too many to list")
    lines += [f"  in the end  {violation}{_about(violation.about)}" for violation in result.violations[:5]]
    lines.append(f"  repeat it   {result.plan.command()}")
    return "\n".join(lines)


def _steps(result: Result) -> Iterator[tuple[float, str]]:
    """What happened to the orders of the violations, and all that their shoppers did. In a short run what all people
    did, but of the admin only what concerns products of orders. And the faults, unless they are too many."""
    abouts = {violation.about[:8] for violation in result.violations if violation.about}
    shoppers = {step.who for step in result.story if any(about in step.text for about in abouts)}
    is_short = len(result.story) <= MOST_LINES
    of_others = " ".join(step.text for step in result.story if step.who != "admin")
    for step in result.story:
        if step.who == "admin" and not any(word in of_others for word in step.text.split() if _PRODUCT.fullmatch(word)):
            continue  # about a product that is in no order of the story
        is_meant = step.who in shoppers and step.who.startswith(
            ("shopper", "cart-owner", "checkout-shopper", "partner")
        )
        if is_short or is_meant or any(about in step.text for about in abouts):
            yield step.at, f"{step.who} {step.text}"
    if len(result.fired) <= MOST_LINES:
        for fired in result.fired:
            yield fired.at, f"FAULT: {fired.text}"


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %H:%M:%S")


def _about(about: str) -> str:
    return f" ({about})" if about else ""
