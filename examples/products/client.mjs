// The client of FoalTS's first WebSocket sample, with a second one that hears the broadcast, and a third that comes over HTTP:
//
//     node examples/products/client.mjs [URL]
import { io } from "socket.io-client";

const url = process.argv[2] ?? "http://127.0.0.1:3001";
const other = io(url, { forceNew: true });
const socket = io(url, { forceNew: true });

const connected = (client) => new Promise((resolve) => client.on("connect", resolve));
const hears = (client) => new Promise((resolve) => client.once("refresh products", resolve));
const ask = (...event) => socket.timeout(5_000).emitWithAck(...event);

for (const client of [socket, other]) {
  client.on("connect_error", (error) => {
    console.error(`cannot connect to ${url}: ${error.message}`);
    process.exit(1);
  });
}
await Promise.all([connected(socket), connected(other)]);

let heard = hears(other);
for (const payload of [{ name: "product 1" }, { title: "no name" }]) {
  console.log(`→ emit "create product" ${JSON.stringify(payload)}`);
  console.log(`← ack  ${JSON.stringify(await ask("create product", payload))}`);
}
await heard;
console.log('← the other client got "refresh products"');

heard = Promise.all([hears(socket), hears(other)]);
console.log('→ POST /products {"name":"product 2"}');
const created = await fetch(`${url}/products`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ name: "product 2" }),
});
console.log(`← ${created.status} ${await created.text()}`);
await heard;
console.log('← both clients got "refresh products"');

console.log('→ emit "list products"');
const { data } = await ask("list products");
console.log(`← ack  ${data.length} products, the newest of them ${JSON.stringify(data.slice(0, 2))}`);
process.exit();
