"""`make scale`: print the model, for the counts of the last measurement that was taken."""

import sys

import boto3

from tools.bench._measured import MEASURED, Measured
from tools.project.command import Parser, end
from tools.project.documents import relative
from tools.scale.page import PAGE, PER_ORDER, REGION, page, tables


def main(argv: list[str]) -> int:
    parser = Parser(prog="make scale", description=__doc__)
    parser.add_argument("--region", default=REGION, help=f"an AWS Region, {REGION} unless it is given")
    parser.add_argument(
        "--measured", action="store_true", help="take the counts of the last `make bench ONLY=journey` first"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into docs/scale.md")
    options = parser.parse_args(argv)
    if options.region not in boto3.Session().get_available_regions("lambda"):
        sys.stderr.write(f"make scale: the SDK knows no AWS Region {options.region}; {REGION} is one\n")
        return 2
    if options.measured:
        if not MEASURED.exists():
            sys.stderr.write(f"make scale: {relative(MEASURED)} is missing; run `make bench ONLY=journey` first\n")
            return 1
        Measured.read(MEASURED).write(PER_ORDER)
    measured = Measured.read(PER_ORDER)
    if options.measured or options.write:
        PAGE.write_text(page(PAGE.read_text(), measured))
    sys.stdout.write(tables(measured, options.region))
    return 0


if __name__ == "__main__":
    end(main)
