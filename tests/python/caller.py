"""What guests ask the host for: see `caller` in tests/guests/README.md."""

from client import connected
from report import equal


async def granted(client, event, payload, namespace="/"):
    """Asks for something that the host grants."""
    answer = await client.ask(event, payload, namespace=namespace)
    return answer["data"]["ok"]


async def emit_with_ack(url):
    """the server emits with an acknowledgement, and hears the client's"""
    async with connected(url) as client:
        client.answers["question"] = (1, {"b": "zwölf"})
        asked = {"event": "question", "arguments": ["how much?"], "timeout": 10_000}
        equal(await granted(client, "ask", asked), [1, {"b": "zwölf"}])
        equal(await client.next("question"), ("how much?",))


async def server_emits_bytes(url):
    """the server emits bytes, among several arguments"""
    async with connected(url) as client:
        arguments = [1, b"\x00\xff", {"deep": [b"hi"]}]
        await granted(client, "emit", {"event": "news", "arguments": arguments})
        equal(await client.next("news"), tuple(arguments))


async def namespaces(url):
    """two namespaces share a connection and nothing else"""
    async with connected(url, namespaces=["/", "/other"]) as client:
        for namespace in ("/", "/other"):
            seen = await granted(client, "context", {"n": 1}, namespace)
            equal(seen["namespace"], namespace)
            equal(seen["socket"], client.io.get_sid(namespace))
        await granted(client, "emit", {"event": "only here"}, "/other")
        equal(await client.next("only here", "/other"), ())
        await granted(client, "server emit", {"event": "from afar", "namespace": "/other"})
        equal(await client.next("from afar", "/other"), ())
        equal(client.rest("only here", "from afar"), [])


async def server_disconnects(url):
    """the server ends a namespace, and the other stays"""
    async with connected(url, namespaces=["/", "/other"]) as client:
        await client.io.emit("disconnect me", {}, namespace="/other")
        await client.next("disconnect", "/other")
        equal(await granted(client, "rooms", None), [client.io.get_sid("/")])


STEPS = [emit_with_ack, server_emits_bytes, namespaces, server_disconnects]
