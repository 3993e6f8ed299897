"""`/_local/shop`: to the pages of the shop, whose port is known once the storefront is deployed."""

import asyncio
from urllib.parse import quote

from tools.local.asgi import Receive, Scope, Send
from tools.local.home import Home
from tools.local.own_pages import Answer, refusal, refused, send_answer

PATH = "/_local/shop"
LINKS = {"Shop": PATH, "Staff": f"{PATH}/staff/"}


class ShopLink:
    """Redirects to the address of the storefront that is deployed to this cloud, with the rest of the path."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def matches(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return scope["type"] == "http" and (path == PATH or path.startswith(f"{PATH}/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is received
        answer = refused(scope)
        if answer is None:
            answer = await asyncio.to_thread(self._answer, scope["path"].removeprefix(PATH) or "/")
        await send_answer(scope, send, answer)

    def _answer(self, path: str) -> Answer:
        # They import boto3, which takes long: the first request does it, not the start of the cloud.
        from tools.deploy.pages.publish import address_of
        from tools.local.client import Cloud
        from tools.project.aws import Target
        from tools.project.environments import read_all
        from tools.project.services import one

        cloud = Cloud(self._home)
        address = address_of(one("storefront"), Target(read_all()["local"], cloud.session(), cloud.endpoint))
        if address is None:
            return refusal(404, "the storefront is not deployed: `make deploy-storefront`")
        return Answer(303, b"", "text/plain", headers={"location": address + quote(path)})
