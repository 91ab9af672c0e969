"""One client that remembers what happened to it."""

import asyncio
from contextlib import asynccontextmanager

import socketio

# How long anything may take, in seconds.
PATIENCE = 15


class Client:
    def __init__(self, namespaces=("/",), reconnection=False):
        # Without a pause: what the tests wait for is the server.
        self.io = socketio.AsyncClient(reconnection=reconnection, reconnection_delay=0.2, reconnection_delay_max=0.5)
        self.namespaces = list(namespaces)
        self.answers = {}
        self.came = []
        self.changed = asyncio.Condition()
        for namespace in namespaces:
            for event in ("connect", "connect_error", "disconnect"):
                self.io.on(event, self._remembers(namespace, event), namespace=namespace)
            self.io.on("*", self._hears(namespace), namespace=namespace)

    def _remembers(self, namespace, event):
        async def handler(*args):
            await self._add((namespace, event, *args))

        return handler

    def _hears(self, namespace):
        async def handler(event, *args):
            await self._add((namespace, event, *args))
            return self.answers.get(event)

        return handler

    async def _add(self, what):
        async with self.changed:
            self.came.append(what)
            self.changed.notify_all()

    async def connect(self, url, transports=None, auth=None):
        await self.io.connect(
            url, transports=transports, auth=auth, namespaces=self.namespaces, wait_timeout=PATIENCE
        )

    async def next(self, event, namespace="/"):
        """Waits for the next event of this name; answers its arguments."""

        def found():
            return next((index for index, what in enumerate(self.came) if what[:2] == (namespace, event)), None)

        try:
            async with asyncio.timeout(PATIENCE), self.changed:
                await self.changed.wait_for(lambda: found() is not None)
                return self.came.pop(found())[2:]
        except TimeoutError:
            raise AssertionError(f"no {event!r} in {namespace} came, but {self.came}") from None

    def rest(self, *events):
        """Which of these events came and were not taken."""
        return [what for what in self.came if what[1] in events]

    async def ask(self, event, *args, namespace="/"):
        """Emits an event and waits for its acknowledgement."""
        return await self.io.call(event, args, namespace=namespace, timeout=PATIENCE)


@asynccontextmanager
async def connected(url, *, count=1, namespaces=("/",), reconnection=False, **options):
    """Connected clients; one is not in a list."""
    clients = [Client(namespaces, reconnection) for _ in range(count)]
    try:
        for client in clients:
            await client.connect(url, **options)
            for namespace in namespaces:
                await client.next("connect", namespace)
        yield clients[0] if count == 1 else clients
    finally:
        for client in clients:
            await client.io.shutdown()
