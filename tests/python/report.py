"""What the test that runs a script hears from it."""

import asyncio
import json
import sys
import traceback


def say(message):
    print(json.dumps(message), flush=True)


async def please(what):
    """Has the test do something, and waits until that is done."""
    say({"please": what})
    await asyncio.to_thread(sys.stdin.readline)


async def run(steps, *arguments):
    """Runs the steps, which are named by their first line of documentation. The first that fails ends the script."""
    for step in steps:
        name = step.__doc__
        try:
            await step(*arguments)
        except Exception as error:
            traceback.print_exc()
            say({"failed": name, "message": f"{type(error).__name__}: {error}"})
            sys.exit(1)
        say({"step": name})


def equal(found, expected):
    """Fails the step where two values differ."""
    if found != expected:
        raise AssertionError(f"{found!r} instead of {expected!r}")
