"""The basic suite: what a guest in any language can do. See tests/guests/README.md."""

from socketio.exceptions import ConnectionError

from client import Client, connected
from report import equal, please

OK = {"status": "ok"}
# Polling upgrades where it may.
TRANSPORTS = (["polling"], ["websocket"], ["polling", "websocket"])


def ok(data):
    return {"status": "ok", "data": data}


def error(error):
    return {"status": "error", "error": error}


async def transports(url):
    """every transport connects, and polling upgrades"""
    for transports in TRANSPORTS:
        async with connected(url, transports=transports) as client:
            equal(client.io.transport(), transports[-1])
            equal(await client.ask("echo", {"over": transports}), ok({"over": transports}))


async def handshake(url):
    """the server sees auth, query and address"""
    auth = {"token": "t", "name": "Jürgen"}
    async with connected(f"{url}?a=b%20c", auth=auth) as client:
        seen = (await client.ask("handshake"))["data"]
        equal(seen["auth"], auth)
        equal(seen["query"]["a"], "b c")
        equal(seen["address"], "127.0.0.1")


async def refusal(url):
    """a refused connection brings the guest's message"""
    for transports in TRANSPORTS:
        client = Client()
        try:
            await client.connect(url, transports=transports, auth={"refuse": True})
        except ConnectionError:
            equal(await client.next("connect_error"), ({"message": "refused by guest"},))
        else:
            raise AssertionError("it is connected")
        finally:
            await client.io.shutdown()


async def unknown_namespace(url):
    """a namespace that does not exist refuses, and the others stay"""
    client = Client(["/", "/elsewhere"])
    await client.io.connect(url, namespaces=client.namespaces, wait=False)
    await client.next("connect")
    equal(await client.next("connect_error", "/elsewhere"), ({"message": "Invalid namespace"},))
    equal(await client.ask("echo", 1), ok(1))
    await client.io.shutdown()


async def responses(url):
    """acknowledgements have the documented shapes"""
    payload = {"a": [1, 2.5, None, True, "é\u2028😀"], "größe": {"c": []}}
    internal = {"code": "INTERNAL_SERVER_ERROR", "message": "An internal server error has occurred."}
    missing = {
        "instancePath": "",
        "schemaPath": "#/required",
        "keyword": "required",
        "params": {"missingProperty": "name"},
        "message": "must have required property 'name'",
    }
    async with connected(url) as client:
        for event, args, answer in (
            ("echo", [payload], ok(payload)),
            ("echo", [None], ok(None)),
            ("echo", [], OK),
            ("empty", [], OK),
            ("fail", [1], error({"reason": "no"})),
            ("throw", [1], error("Permission is denied")),
            ("throw other", [1], error(internal)),
            ("users create", [{"name": 1}], error("Invalid name type")),
            ("posted", [1], ok({"post": True})),
            ("no such event", [1], error({"code": "EVENT_NOT_FOUND", "message": "there is no such event"})),
            ("create product", [{"price": 3}], error({"code": "VALIDATION_PAYLOAD_ERROR", "payload": [missing]})),
            ("create product", [{"name": "a"}], OK),
        ):
            equal((event, await client.ask(event, *args)), (event, answer))
        equal(await client.ask("echo", 1, 2), ok(1))
        equal(await client.ask("arguments", 1, b"two", None), ok([1, b"two", None]))


async def emits(url):
    """the server emits to the client, without and with payloads, in order"""
    async with connected(url) as client:
        # Nothing wants an acknowledgement here.
        await client.io.emit("emit self")
        await client.io.emit("emit self", {"some": "payload"})
        for message in ("first message", "second message") * 2:
            equal(await client.next("event 1"), (message,))


async def broadcast(url):
    """a broadcast reaches all but its sender"""
    async with connected(url, count=3) as (alice, bob, carol):
        equal(await alice.ask("broadcast"), OK)
        for other in (bob, carol):
            for message in ("first message", "second message"):
                equal(await other.next("event 1"), (message,))
        equal(await alice.ask("create product", {"name": "a"}), OK)
        for other in (bob, carol):
            equal(await other.next("refresh products"), ())
        # What else came would have come before the answer to one more event.
        await alice.ask("empty")
        equal(alice.rest("event 1", "refresh products"), [])


async def rooms(url):
    """rooms hear what is said in them, and who left"""
    async with connected(url, count=3) as (alice, bob, carol):
        for member in (alice, bob):
            equal(await member.ask("join", "teé"), OK)
        equal(await alice.ask("say", {"room": "teé", "text": "grüße"}), OK)
        equal(await bob.next("said"), ("grüße",))
        await carol.ask("empty")
        equal(alice.rest("said") + carol.rest("said"), [])
        left = bob.io.get_sid("/")
        await bob.io.disconnect()
        equal(await alice.next("left"), (left,))


async def binary(url):
    """bytes pass both ways, at any depth"""
    payload = {"first": b"\x00\x01\xff", "list": [1, {"second": b"hi"}], "text": "é"}
    for transports in TRANSPORTS:
        async with connected(url, transports=transports) as client:
            equal(await client.ask("echo", payload), ok(payload))
            equal(await client.ask("echo", b"bare"), ok(b"bare"))
            large = bytes(range(256)) * 2_000
            equal(await client.ask("echo", large), ok(large))


async def again(url):
    """who disconnects can come back, as another socket"""
    async with connected(url) as client:
        equal(await client.ask("data"), ok(1))
        before = client.io.get_sid("/")
        await client.io.disconnect()
        equal(await client.next("disconnect"), ("client disconnect",))
        await client.connect(url)
        equal(client.io.get_sid("/") != before, True)
        equal(await client.ask("data"), ok(1))


async def restart(url):
    """a client is back by itself after the server was"""
    async with connected(url, reconnection=True) as client:
        before = client.io.get_sid("/")
        await please("stop")
        await client.next("disconnect")
        await please("start")
        await client.next("connect")
        equal(client.io.get_sid("/") != before, True)
        equal(await client.ask("echo", "back"), ok("back"))


STEPS = [transports, handshake, refusal, unknown_namespace, responses, emits, broadcast, rooms, binary, again, restart]
