"""`python -m tools.explore.sign_in admin|shopper`: print the ID token of a person of the demo data."""

import sys

from tools.explore.demo_data import PEOPLE, read_notes
from tools.local.client import Cloud, running_cloud
from tools.local.home import LocalCloudError


def main(argv: list[str]) -> int:
    usage = f"usage: python -m tools.explore.sign_in {'|'.join(PEOPLE)}\n"
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(usage)
        return 0
    if len(argv) != 1 or argv[0] not in PEOPLE:
        sys.stderr.write(usage)
        return 2
    try:
        sys.stdout.write(f"{token(running_cloud(), argv[0])}\n")
    except LocalCloudError as error:
        sys.stderr.write(f"sign-in: {error}\n")
        return 1
    return 0


def token(cloud: Cloud, name: str) -> str:
    notes = read_notes(cloud.home.folder / "demo.json")
    if not notes:
        raise LocalCloudError("the demo data is missing: `make up`")
    answer = cloud.client("cognito-idp").initiate_auth(
        ClientId=notes["client"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": PEOPLE[name][0], "PASSWORD": notes["passwords"][name]},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
