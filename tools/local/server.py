"""The server process of the local cloud: our front, then our data planes, then the engine.

It listens on 127.0.0.1 only, for HTTP and TLS on the same port, and holds the folder's lock until it ends. It writes
`cloud.json` and `env` before it answers the first health check, so a client that sees it healthy can use both.
"""

import asyncio
import gc
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from typing import IO

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.utils import LifespanFailureError

from tools.local import code_version, extension, trace
from tools.local.asgi import Application, Message, Plane, Receive, Scope, Send, Stoppable, answer_json
from tools.local.assembly import PATCHES, install, planes
from tools.local.aws.cloudfront import engine_distributions
from tools.local.aws.cloudfront.ports import configured
from tools.local.aws.codebuild.environment import keep_host
from tools.local.aws.codedeploy import engine_shift
from tools.local.aws.codedeploy.traffic import seconds_per_minute
from tools.local.aws.dynamodb import engine_index_lag, engine_transactions
from tools.local.aws.dynamodb.index_lag import lag_from
from tools.local.aws.dynamodb.transactions import duration_from
from tools.local.aws.iam.engine_identity import ensure_administrator
from tools.local.certificate import server_context, utc_now
from tools.local.delivery import engine_delivery
from tools.local.engine import start as engine
from tools.local.home import ACCOUNT, REGION, Home, LocalCloudError, requested_port, try_lock, write_private
from tools.local.lifecycle import OWNER_PIPE
from tools.local.listening import TlsOrPlainLoop
from tools.local.persistence.durability import SaveLoop, changes, may_change, repeat
from tools.local.persistence.engine_limits import trim
from tools.local.persistence.engine_state import remove_unused_packages, saver, stop_workers
from tools.local.persistence.files import SNAPSHOT
from tools.local.shell_environment import environment_file
from tools.local.usage import meter, note_request

HEALTH = "/_local/health"
FIRST_PORT = 4566
ADMINISTRATOR = "administrator"
# A client that does not read its data for this time counts as dead. Its connection would otherwise stay open for ever.
UNREAD_MS = 30_000
TRIM_SECONDS = 30.0

log = logging.getLogger("local")


# The engine's administration API takes no credentials: it would delete the state and show messages and function code.
# Only CloudFormation's two callbacks stay open; they carry an unguessable token, as the URLs on AWS do.
BACK_DOORS = ("/_ministack", "/_localstack")
CALL_BACKS = ("/_ministack/cfn-response/", "/_ministack/cfn-signal/")


def is_back_door(path: str) -> bool:
    return path.startswith(BACK_DOORS) and not path.startswith(CALL_BACKS)


class Front:
    """Answers health checks, offers each request to the planes, and passes all other requests to the engine."""

    def __init__(
        self, home: Home, port: int, app: Application, planes: list[Plane], variables: Mapping[str, str]
    ) -> None:
        self._home, self._port, self._app, self._planes, self._variables = home, port, app, planes, variables
        self._instance = secrets.token_hex(8)
        self._code = code_version.digest()
        self._save_loop: SaveLoop | None = None
        self._saving: asyncio.Task[None] | None = None
        self._trimming: asyncio.Task[None] | None = None
        self.failure: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._run_lifespan(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == HEALTH:
            await answer_json(send, 200, {"status": "ok", "instance": self._instance, "pid": os.getpid()})
        elif scope["type"] == "http" and is_back_door(scope["path"]):
            await answer_json(send, 403, {"message": "Forbidden"})
        else:
            plane = next((plane for plane in self._planes if plane.matches(scope)), self._app)
            began = time.perf_counter()
            if scope["type"] == "http":
                trace.begin(scope["headers"])
            try:
                await plane(scope, receive, send)
            finally:
                if meter.running:
                    note_request(scope)
                    meter.add_time(began, time.perf_counter())
                if self._save_loop is not None and may_change(scope):
                    self._save_loop.note()

    async def stop(self) -> None:
        """Close what the planes keep open, so that the shutdown does not wait for it."""
        for plane in self._planes:
            if isinstance(plane, Stoppable):
                await plane.stop()

    async def _run_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the engine's startup and shutdown. A failed start stops the server."""

        async def announce(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._started()
            await send(message)

        async def stopping() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._saving is not None:
                self._saving.cancel()
            if message["type"] == "lifespan.shutdown" and self._trimming is not None:
                self._trimming.cancel()
            return message

        try:
            await self._app(scope, stopping, announce)
        except Exception as error:
            self.failure = error
            await send({"type": "lifespan.startup.failed", "message": str(error)})

    def _started(self) -> None:
        remove_unused_packages()
        self._publish()
        # The loaded state stays in memory: without `freeze`, each collection would scan it, up to a second each time.
        gc.freeze()
        gc.enable()
        self._save_loop = SaveLoop(saver().begin)
        self._save_loop.note()
        changes.report_to(asyncio.get_running_loop(), self._save_loop.note)
        self._saving = asyncio.create_task(self._save_loop.run())
        self._trimming = asyncio.create_task(repeat(trim, TRIM_SECONDS))
        engine_delivery.start()
        engine_distributions.start()

    def _publish(self) -> None:
        key, secret = ensure_administrator(ADMINISTRATOR)
        values = {
            "endpoint": f"http://127.0.0.1:{self._port}",
            "port": self._port,
            "pid": os.getpid(),
            "instance": self._instance,
            "region": REGION,
            "account": ACCOUNT,
            "code": self._code,
        }
        text = environment_file(str(values["endpoint"]), key, secret, self._home.certificate, self._variables)
        write_private(self._home.env, text)
        write_private(self._home.cloud, json.dumps(values, indent=2) + "\n")


def listen(home: Home, environ: Mapping[str, str]) -> socket.socket:
    """Bind this folder's port: `ECOM_PORT`, else the port of earlier starts, else the first free one."""
    requested = requested_port(environ)
    known = home.port()
    if requested and known is not None and requested != known and home.state.joinpath(SNAPSHOT).exists():
        raise LocalCloudError(
            f"the URLs of the deployed stacks contain port {known}; `make up ECOM_PORT={requested} FRESH=1` deletes the"
            f" state and uses port {requested}; without ECOM_PORT nothing changes"
        )
    fixed = requested if requested or (requested == 0 and known is None) else known
    candidates = [fixed] if fixed is not None else [*range(FIRST_PORT, FIRST_PORT + 50), 0]
    for port in candidates:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
            bound.bind(("127.0.0.1", port))
            bound.listen(128)
        except OSError:
            bound.close()
        else:
            return bound
    raise LocalCloudError(
        f"port {fixed} is in use by another program; stop that, or delete the state and use another port with"
        " `make up ECOM_PORT=<port> FRESH=1` (the URLs of deployed stacks contain the port)"
    )


def hold_lock(home: Home) -> IO[str]:
    """Take the folder's lock until this process ends."""
    handle = home.lock.open("a+")
    if not try_lock(handle):
        raise LocalCloudError(f"the local cloud in {home.folder} is running already")
    handle.seek(0)
    handle.truncate()
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def serve(home: Home) -> None:
    """Serve until SIGTERM or SIGINT, then save the state."""
    # Files of this process and its functions can hold keys or personal data, so only their owner may read them.
    os.umask(0o077)
    owner_pipe = os.environ.pop(OWNER_PIPE, "")
    gc.disable()  # until the state is loaded
    home.make()
    with hold_lock(home), listen(home, os.environ) as bound:
        port = int(bound.getsockname()[1])
        shutil.rmtree(home.temporary, ignore_errors=True)
        home.make()
        engine_index_lag.indexes.set(lag_from(os.environ))
        keep_host(os.environ)
        engine_transactions.ongoing.set(duration_from(os.environ))
        engine_shift.pace.seconds_per_minute = seconds_per_minute(os.environ)
        added = extension.load()  # before `configure` replaces the environment
        engine.configure(engine.Settings(port, home.state, home.temporary, REGION, ACCOUNT))
        app = engine.application(PATCHES)
        install(home.folder, added)
        try:
            front = Front(home, port, app, planes(added, home.folder), added.variables)
            try:
                context = server_context(home, utc_now())
                with asyncio.Runner(loop_factory=lambda: TlsOrPlainLoop(context)) as runner:
                    runner.run(_serve(front, bound, int(owner_pipe) if owner_pipe else None))
            except LifespanFailureError:
                raise front.failure or RuntimeError("the engine did not start") from None
        finally:
            stop_workers()
            shutil.rmtree(home.temporary, ignore_errors=True)


def owner_gone(loop: asyncio.AbstractEventLoop, owner_pipe: int, stop: asyncio.Event) -> None:
    log.warning("the process that owns this cloud has ended; the cloud ends")
    loop.remove_reader(owner_pipe)
    stop.set()


async def _serve(app: Front, bound: socket.socket, owner_pipe: int | None) -> None:
    """`owner_pipe`: its other end is held by the process that owns this cloud. The cloud ends with that process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    if owner_pipe is not None:
        os.set_inheritable(owner_pipe, False)
        loop.add_reader(owner_pipe, owner_gone, loop, owner_pipe, stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    async def stopped() -> None:
        await stop.wait()
        await app.stop()
        engine_delivery.stop()
        await engine_distributions.ports.stop()

    await hypercorn_serve(app, configured(bound), shutdown_trigger=stopped)  # type: ignore[arg-type]  # hypercorn wants its own TypedDicts
