"""Event names that this client escapes in JSON, against the guest `caller`."""

from client import connected
from report import equal

NAMES = ["größe", "日本語", "😀", 'quoted "name"', "back\\slash", "line\nbreak"]


async def to_the_server(url):
    """the server understands escaped event names"""
    async with connected(url) as client:
        for name in NAMES:
            answer = await client.ask(name, name)
            equal((name, answer["error"]["code"]), (name, "EVENT_NOT_FOUND"))


async def to_the_client(url):
    """the client gets any event name"""
    async with connected(url) as client:
        for name in NAMES:
            await client.ask("emit", {"event": name, "arguments": [name]})
            equal(await client.next(name), (name,))


STEPS = [to_the_client, to_the_server]
