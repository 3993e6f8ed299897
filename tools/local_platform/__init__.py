"""This platform's extension of the local cloud: `make run`, pages of events and of the console, resolver twins.

`pyproject.toml` names this package as the extension.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.local.extension import Extension


def extension() -> "Extension":
    """Return the extension. The server calls it once, when it starts."""
    from tools.local.extension import Extension
    from tools.local.home import Home
    from tools.local_platform.console.plane import PAGES, ConsoleApi
    from tools.local_platform.events_page import EventsPage
    from tools.local_platform.log_command import log_command
    from tools.local_platform.resolver_twins import TWINS
    from tools.local_platform.shop_link import LINKS, ShopLink

    home = Home.from_environment()
    variables = {"ECOM_ENVIRONMENT": "local"}
    return Extension(
        planes=(EventsPage(), ShopLink(home), ConsoleApi(home)),
        resolvers=TWINS,
        variables=variables,
        log_command=log_command,
        console_pages=PAGES,
        console_links=LINKS,
    )
