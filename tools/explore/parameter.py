"""`python -m tools.explore.parameter products/table/name`: print an SSM parameter of the local platform."""

import sys

from tools.local.client import running_cloud
from tools.local.home import LocalCloudError


def main(argv: list[str]) -> int:
    usage = "usage: python -m tools.explore.parameter SERVICE/THING/NAME, such as frontend-api/api/url\n"
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(usage)
        return 0
    if len(argv) != 1:
        sys.stderr.write(usage)
        return 2
    try:
        ssm = running_cloud().client("ssm")
        found = ssm.get_parameter(Name=f"/ecommerce/local/{argv[0]}")
    except LocalCloudError as error:
        sys.stderr.write(f"parameter: {error}\n")
        return 1
    except ssm.exceptions.ParameterNotFound:
        sys.stderr.write(
            f"parameter: /ecommerce/local/{argv[0]} does not exist; is its service deployed? `make deploy`\n"
        )
        return 1
    sys.stdout.write(f"{found['Parameter']['Value']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
