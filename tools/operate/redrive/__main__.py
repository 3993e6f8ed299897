"""List a service's dead letters with their cause, event, age and attempts, and send them back to where they came from.
Without a service: a table of all services, and nothing is sent.

Redriving is safe: a repeated event changes nothing. A message that fails again comes back with its reason. One reason
needs your decision: OUTCOME_UNKNOWN, a call that may have had its effect; redriving repeats it.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tools.operate.ages import age_of
from tools.operate.asking import says_yes
from tools.operate.redrive.dead_letter import DeadLetter, FromStream
from tools.operate.redrive.overview import overview, table
from tools.operate.redrive.queue import (
    DECIDE_FOR,
    LONGEST_READ,
    MAX_READ_FOR,
    READ_FOR,
    TOO_MANY,
    DeadLetterQueue,
    progress_of,
    queue_url,
)
from tools.project import services
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        if asked.service is None:
            with readable(environment):
                deployed = services.discover().values()
                rows = overview(target(environment), deployed, partial(wanted, asked), asked.read_for, tell)
            print(table(rows, datetime.now(UTC), environment.command("redrive").strip("`")))
            return 1 if any(row.unread for row in rows) else 0
        service = services.one(asked.service)
        with readable(environment):
            place = target(environment)
            progress = progress_of(service.name, tell)
            return run(asked, DeadLetterQueue(place, queue_url(place, service), asked.read_for, progress))
    except Problem as problem:
        sys.stderr.write(f"redrive: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def tell(line: str) -> None:
    sys.stderr.write(line)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make redrive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", nargs="?", metavar="SERVICE=...", help="without it: a table of all services")
    parser.add_argument("--dry-run", action="store_true", help="list only (make: DRY_RUN=1)")
    parser.add_argument("--id", help="this dead letter only; the first characters of its id are enough")
    parser.add_argument("--event", help="this detail-type only, such as OrderCreated")
    parser.add_argument("--about", help="dead letters that contain this id only, such as an order's")
    parser.add_argument("--error", help="dead letters whose error code or reason contains this text only")
    parser.add_argument("--older-than", type=float, metavar="MINUTES", help="dead letters of at least this age only")
    parser.add_argument("--show", action="store_true", help="list only, and print what would be sent (may be personal)")
    parser.add_argument(
        "--with", dest="replacement", type=Path, metavar="FILE", help="send this content instead; needs --id"
    )
    parser.add_argument("--drop", action="store_true", help="delete the dead letters; asks for confirmation")
    parser.add_argument("--yes", action="store_true", help="with --drop: do not ask for confirmation")
    parser.add_argument(
        "--read-for",
        type=seconds,
        default=READ_FOR,
        metavar="SECONDS",
        help=f"how long to read a queue, {READ_FOR:.0f} to {MAX_READ_FOR}; "
        f"its dead letters stay invisible to others for {DECIDE_FOR:.0f} s more",
    )
    asked = parser.parse_args(argv)
    if asked.service is None and (asked.drop or asked.replacement or asked.show):
        parser.error("--drop, --with and --show need one SERVICE=...")
    if asked.drop and not (asked.id or asked.event or asked.about or asked.error):
        parser.error("--drop needs --id, --event, --about or --error")
    if asked.drop and asked.replacement:
        parser.error("--drop deletes a dead letter, --with sends another content: give only one of them")
    if asked.replacement and not asked.id:
        parser.error("--with replaces the content of one dead letter: give its --id")
    if asked.replacement and not asked.replacement.is_file():
        parser.error(f"--with {asked.replacement}: the file does not exist")
    return asked


def seconds(text: str) -> float:
    number = float(text)
    if not READ_FOR <= number <= MAX_READ_FOR:
        raise argparse.ArgumentTypeError(f"{text}: give {READ_FOR:.0f} to {MAX_READ_FOR} seconds")
    return number


def run(asked: argparse.Namespace, queue: DeadLetterQueue) -> int:
    """Returns 0 when all that was asked for is listed, sent back or deleted, 1 when some could not be, or was not read:
    a further run handles the rest."""
    dead_letters = queue.dead_letters()
    selected = [dead_letter for dead_letter in dead_letters if wanted(asked, dead_letter)]
    unread = f"; about {queue.unread} more were not read" if queue.unread else ""
    print(f"{asked.service}: {len(dead_letters)} dead letters, {len(selected)} of them chosen{unread}", flush=True)
    done, code = handle(asked, queue, dead_letters, selected)
    if queue.unread and not (asked.id and selected):
        print(f"there are more: {advice(queue, done)}")
        return 1
    return code


def advice(queue: DeadLetterQueue, done: int) -> str:
    """How to reach what was not read, after so many dead letters were sent back or deleted. After none, another run
    would read as much again."""
    ways = ["run it again"] if done else []
    if queue.may_read_longer:
        ways.append(f'read for longer with ARGS="{LONGEST_READ}"')
    return ", or ".join(ways) or TOO_MANY


def handle(
    asked: argparse.Namespace,
    queue: DeadLetterQueue,
    dead_letters: Sequence[DeadLetter],
    selected: Sequence[DeadLetter],
) -> tuple[int, int]:
    """List the selected dead letters, send them back or delete them. Returns how many were sent back or deleted, and
    the exit code. All others are visible again at the end."""
    dealt: set[str] = set()

    def others() -> list[DeadLetter]:
        return [dead_letter for dead_letter in dead_letters if dead_letter.id not in dealt]

    with queue.released_after_an_error(others):
        if asked.replacement:
            selected = [with_replacement(asked, selected)]
        act = drop if asked.drop and not (asked.dry_run or asked.show) else list_or_send
        done = act(asked, queue, selected, dealt)
    queue.release_all(others())
    return done


def drop(
    asked: argparse.Namespace, queue: DeadLetterQueue, selected: Sequence[DeadLetter], dealt: set[str]
) -> tuple[int, int]:
    """Delete the dead letters if the operator confirms it. `dealt` gets the ids."""
    if not is_confirmed(selected, sure=asked.yes):
        print("nothing was deleted (without a terminal, add --yes)")
        return 0, 1
    for dead_letter in selected:
        if not queue.are_invisible:
            number = f"{len(dealt)} of {len(selected)} were" if dealt else "nothing was"
            raise Problem(f"{number} deleted: the dead letters became visible to others meanwhile; run it again")
        dealt.add(dead_letter.id)
        queue.delete(dead_letter)
        print(f"  {dead_letter.id[:8]} deleted", flush=True)
    return len(selected), 0


def list_or_send(
    asked: argparse.Namespace, queue: DeadLetterQueue, selected: Sequence[DeadLetter], dealt: set[str]
) -> tuple[int, int]:
    """List the dead letters or send them back. `dealt` gets the ids of those that it sent back or could not send."""
    sent = failed = 0
    for dead_letter in selected:
        print(line_of(dead_letter, datetime.now(UTC)))
        if asked.show:
            print(dead_letter.payload)
        if asked.dry_run or asked.show:
            continue
        dealt.add(dead_letter.id)
        outcome = queue.send_back(dead_letter)
        if outcome == "sent back":
            sent += 1
        else:
            failed += 1
            queue.release(dead_letter)
        print(f"  {outcome}", flush=True)
    return sent, 1 if failed else 0


def with_replacement(asked: argparse.Namespace, dead_letters: Sequence[DeadLetter]) -> DeadLetter:
    """The chosen dead letter, with the content of the file as its payload."""
    if len(dead_letters) != 1:
        raise Problem(f"--id {asked.id} fits {len(dead_letters)} dead letters; --with needs exactly one")
    if isinstance(dead_letters[0].back_to, FromStream):
        raise Problem(f"--id {asked.id} refers to records of a stream; --with cannot replace those")
    try:
        text = asked.replacement.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Problem(f"--with {asked.replacement}: {error}") from None
    if not text.strip():
        raise Problem(f"--with {asked.replacement}: the file is empty")
    return replace(dead_letters[0], payload=text)


def is_confirmed(dead_letters: Sequence[DeadLetter], *, sure: bool) -> bool:
    """List the dead letters; has the operator confirmed that they are deleted?"""
    for dead_letter in dead_letters:
        print(line_of(dead_letter, datetime.now(UTC)))
    return not dead_letters or sure or says_yes(f"delete {len(dead_letters)}? this cannot be undone [y/N] ")


def wanted(asked: argparse.Namespace, dead_letter: DeadLetter) -> bool:
    age = (datetime.now(UTC) - dead_letter.sent_at).total_seconds() / 60
    return (
        dead_letter.id.startswith(asked.id or "")
        and asked.event in (None, dead_letter.event.get("detail-type"))
        and (asked.about or "") in dead_letter.payload
        and (asked.error or "").lower() in f"{dead_letter.code} {dead_letter.reason}".lower()
        and age >= (asked.older_than or 0)
    )


def line_of(dead_letter: DeadLetter, now: datetime) -> str:
    attempts = f", {dead_letter.attempts} attempts" if dead_letter.attempts is not None else ""
    cause = f"{dead_letter.code}: {dead_letter.reason}" if dead_letter.reason else dead_letter.code or "no reason given"
    return (
        f"- {dead_letter.id[:8]}  {dead_letter.about}\n"
        f"  {age_of((now - dead_letter.sent_at).total_seconds())} old{attempts}; {cause}\n"
        f"  goes back to {dead_letter.back_to or 'nowhere: its origin is unknown'}"
    )


if __name__ == "__main__":
    end(main)
