"""Runs the stand-in by itself: `python -m sandbox.discord --port P` prints one line of JSON when it is ready."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence

from sandbox.discord.control.server import ControlServer
from sandbox.discord.server import CONTROL_PATH, require_loopback
from sandbox.discord.stand_in import DiscordStandIn


async def serve(*, host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stand_in = DiscordStandIn()
    stand_in.serve_too(lambda router: ControlServer(stand_in).register(router, prefix=CONTROL_PATH))
    try:
        await stand_in.start(host=host, port=port)
        announce(stand_in)
        await stop.wait()
    finally:
        await stand_in.close()


def announce(stand_in: DiscordStandIn) -> None:
    """Print where it is, for the program that started it."""
    ready = {
        "api_url": stand_in.api_url,
        "gateway_url": stand_in.gateway_url,
        "control_url": stand_in.control_url,
        "token": stand_in.token,
        "application_id": str(stand_in.world.application.id),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve; a host that is not loopback ends it with status 2."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.discord", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    options = parser.parse_args(arguments)
    try:
        require_loopback(options.host)
    except ValueError:
        parser.error(f"{options.host} is not a loopback address: the stand-in takes orders from whoever reaches it")
    asyncio.run(serve(host=options.host, port=options.port))


if __name__ == "__main__":
    main()
