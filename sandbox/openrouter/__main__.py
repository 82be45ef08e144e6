"""Run the stand-in as a process of its own: `python -m sandbox.openrouter --port 8790`.

When it is ready it prints one line of JSON, `{"base_url": ..., "control_url": ..., "key": ...}`, and serves until
SIGTERM or SIGINT.
"""

import asyncio
import json
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Annotated

import typer

from sandbox.openrouter.clips import DrawnClips
from sandbox.openrouter.listing import read_entries
from sandbox.openrouter.standin import DEFAULT_KEY, OpenRouterStandIn


def main(
    *,
    port: Annotated[int, typer.Option(help="The port to serve on; 0 takes any that is free.")] = 0,
    host: Annotated[str, typer.Option(help="A loopback address; others are refused.")] = "127.0.0.1",
    key: Annotated[str, typer.Option(help="The one API key that is accepted.")] = DEFAULT_KEY,
    seconds_per_video: Annotated[float, typer.Option(min=0, help="How long a job takes.")] = 3.0,
    models_file: Annotated[Path | None, typer.Option(help="A catalogue of its own, as JSON.")] = None,
    font: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A font file to write the prompts with.")
    ] = None,
) -> None:
    """Serve a stand-in for OpenRouter's video API on loopback."""
    clips = DrawnClips(font=font)
    try:
        models = read_entries(models_file) if models_file else None
        stand_in = OpenRouterStandIn(key=key, models=models, seconds_per_video=seconds_per_video, clips=clips)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--models-file") from error
    with suppress(KeyboardInterrupt):  # where the event loop cannot take signals
        asyncio.run(_serve(stand_in, clips=clips, host=host, port=port))


async def _serve(stand_in: OpenRouterStandIn, *, clips: DrawnClips, host: str, port: int) -> None:
    stopped = asyncio.Event()
    with suppress(NotImplementedError):  # Windows has no signal handlers of the loop; there Ctrl-C ends it
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(clips.close)
        try:
            await stand_in.start(host=host, port=port)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--host") from error
        stack.push_async_callback(stand_in.close)
        ready = {"base_url": stand_in.base_url, "control_url": stand_in.control_url, "key": stand_in.key}
        typer.echo(json.dumps(ready))
        await stopped.wait()


if __name__ == "__main__":
    typer.run(main)
