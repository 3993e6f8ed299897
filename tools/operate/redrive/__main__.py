"""List a service's dead letters with their cause, event, age and attempts, and send them back to where they came from.

Redriving is safe: every consumer takes an event twice as once. What fails again comes back with its reason. One reason
is a question to you: OUTCOME_UNKNOWN, something that was done or not; redriving it does it (again).
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tools.operate.ages import age_of
from tools.project import services
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.documents import ROOT
from tools.project.environments import chosen
from tools.project.problems import Problem, WrongUse

sys.path.insert(1, str(ROOT / "shared" / "src"))  # `ecom` is no installed package

from tools.operate.redrive.dead_letter import FromStream, Letter
from tools.operate.redrive.queue import HIDDEN_SECONDS, DeadLetterQueue, queue_url


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    try:
        environment = chosen()
        service = services.one(asked.service)
        with readable(environment):
            place = target(environment)
            return run(asked, DeadLetterQueue(place, queue_url(place, service.name)))
    except Problem as problem:
        sys.stderr.write(f"redrive: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make redrive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("service", metavar="SERVICE=...")
    parser.add_argument("--dry-run", action="store_true", help="list only (make: DRY_RUN=1)")
    parser.add_argument("--id", help="this letter only; the first characters of its id will do")
    parser.add_argument("--event", help="this detail-type only, such as OrderCreated")
    parser.add_argument("--about", help="letters that name this id, such as an order's")
    parser.add_argument("--error", help="letters whose error code or reason contains this")
    parser.add_argument("--older-than", type=float, metavar="MINUTES", help="letters of at least this age")
    parser.add_argument("--show", action="store_true", help="list only, and print what would be sent (may be personal)")
    parser.add_argument("--with", dest="mended", type=Path, metavar="FILE", help="send this instead; needs --id")
    parser.add_argument("--drop", action="store_true", help="delete the letters for good; asks first")
    parser.add_argument("--yes", action="store_true", help="with --drop: do not ask")
    asked = parser.parse_args(argv)
    if asked.drop and not (asked.id or asked.event or asked.about or asked.error):
        parser.error("--drop wants --id, --event, --about or --error: say which letters are hopeless")
    if asked.drop and asked.mended:
        parser.error("--drop deletes a letter, --with sends it mended: which of them?")
    if asked.mended and not asked.id:
        parser.error("--with mends one letter: say which with --id")
    if asked.mended and not asked.mended.is_file():
        parser.error(f"--with {asked.mended}: there is no such file")
    return asked


def run(asked: argparse.Namespace, queue: DeadLetterQueue) -> int:
    hidden_until = time.monotonic() + HIDDEN_SECONDS
    letters = queue.letters()
    dealt: set[str] = set()
    chosen_letters = [letter for letter in letters if wanted(asked, letter)]
    try:
        print(f"{asked.service}: {len(letters)} dead letters, {len(chosen_letters)} of them chosen")
        if asked.mended:
            chosen_letters = [mended(asked, queue, chosen_letters)]
        if asked.drop and not (asked.dry_run or asked.show):
            if not to_be_dropped(chosen_letters, sure=asked.yes):
                print("nothing was deleted (without a terminal, say --yes)")
                return 1
            if time.monotonic() > hidden_until:
                raise Problem("nothing was deleted: meanwhile others could see the letters too; run it again")
            for letter in chosen_letters:
                dealt.add(letter.id)
                queue.delete(letter)
                print(f"  {letter.id[:8]} deleted", flush=True)
            return 0
        failed = False
        for letter in chosen_letters:
            if not (asked.dry_run or asked.show):
                dealt.add(letter.id)
            failed = not deal(asked, queue, letter) or failed
        return 1 if failed else 0
    finally:
        for letter in letters:
            if letter.id not in dealt:
                queue.let_go(letter)


def mended(asked: argparse.Namespace, queue: DeadLetterQueue, letters: Sequence[Letter]) -> Letter:
    """The one letter that is meant, with what the file says in place of what it said."""
    if len(letters) != 1:
        raise Problem(f"--id {asked.id} means {len(letters)} letters; --with mends one")
    if isinstance(letters[0].back_to, FromStream):
        raise Problem(f"--id {asked.id} is of records that are read from their stream again; --with cannot mend those")
    try:
        text = asked.mended.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Problem(f"--with {asked.mended}: {error}") from None
    if not text.strip():
        raise Problem(f"--with {asked.mended}: the file is empty")
    return queue.mended(letters[0], text)


def to_be_dropped(letters: Sequence[Letter], *, sure: bool) -> bool:
    """Whether somebody who has seen the list wants these gone."""
    for letter in letters:
        print(line_of(letter, datetime.now(UTC)))
    return not letters or sure or says_yes(f"delete {len(letters)} for good? nobody can bring them back [y/N] ")


def says_yes(question: str) -> bool:
    try:
        return sys.stdin.isatty() and input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def deal(asked: argparse.Namespace, queue: DeadLetterQueue, letter: Letter) -> bool:
    """Tell of the letter and, unless it is only listed, send it back; False when it had to stay."""
    print(line_of(letter, datetime.now(UTC)))
    if asked.show:
        print(letter.payload)
    if asked.dry_run or asked.show:
        return True
    outcome = queue.send_back(letter)
    if outcome != "sent back":
        queue.let_go(letter)
    print(f"  {outcome}", flush=True)
    return outcome == "sent back"


def wanted(asked: argparse.Namespace, letter: Letter) -> bool:
    age = (datetime.now(UTC) - letter.sent_at).total_seconds() / 60
    return (
        letter.id.startswith(asked.id or "")
        and asked.event in (None, letter.event.get("detail-type"))
        and (asked.about or "") in letter.payload
        and (asked.error or "").lower() in f"{letter.code} {letter.reason}".lower()
        and age >= (asked.older_than or 0)
    )


def line_of(letter: Letter, now: datetime) -> str:
    attempts = f", {letter.attempts} attempts" if letter.attempts is not None else ""
    cause = f"{letter.code}: {letter.reason}" if letter.reason else letter.code or "no reason was given"
    return (
        f"- {letter.id[:8]}  {letter.about}\n"
        f"  {age_of((now - letter.sent_at).total_seconds())} old{attempts}; {cause}\n"
        f"  goes back to {letter.back_to or 'nowhere: nobody says where it came from'}"
    )


if __name__ == "__main__":
    end(main)
