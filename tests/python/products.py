"""The first sample of FoalTS's documentation, in Rust."""

from client import connected
from report import equal


async def create(url):
    """a product is created, and the others refresh their lists"""
    async with connected(url, count=2) as (client, other):
        equal(await client.ask("create product", {"name": "Brötchen"}), {"status": "ok"})
        equal(await other.next("refresh products"), ())
        equal(client.rest("refresh products"), [])


async def refuse(url):
    """a bad product is refused with what is wrong with it"""
    async with connected(url) as client:
        answer = await client.ask("create product", {"name": 1})
        equal(answer["error"]["code"], "VALIDATION_PAYLOAD_ERROR")
        equal(answer["error"]["payload"][0]["message"], "must be string")


STEPS = [create, refuse]
