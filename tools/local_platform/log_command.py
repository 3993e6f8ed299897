"""The command that shows the log of one of the platform's functions."""

from tools import ROOT

PREFIX = "ecommerce-local-"


def log_command(function: str) -> str:
    """`ecommerce-local-orders-on-table-change` -> `make logs SERVICE=orders FUNCTION=on-table-change`; empty for a
    function of another project."""
    name = function.removeprefix(PREFIX)
    services = sorted((path.parent.name for path in ROOT.glob("*/metadata.yaml")), key=len, reverse=True)
    service = next((each for each in services if name.startswith(f"{each}-")), None)
    if service is None or not function.startswith(PREFIX):
        return ""
    return f"make logs SERVICE={service} FUNCTION={name.removeprefix(f'{service}-')}"
