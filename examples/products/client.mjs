// The client of FoalTS's first WebSocket sample, with a second one that hears the broadcast:
//
//     node examples/products/client.mjs [URL]
import { io } from "socket.io-client";

const url = process.argv[2] ?? "http://127.0.0.1:3001";
const other = io(url, { forceNew: true });
const socket = io(url, { forceNew: true });

const connected = (client) => new Promise((resolve) => client.on("connect", resolve));
const heard = new Promise((resolve) => other.on("refresh products", resolve));

for (const client of [socket, other]) {
  client.on("connect_error", (error) => {
    console.error(`cannot connect to ${url}: ${error.message}`);
    process.exit(1);
  });
}
await Promise.all([connected(socket), connected(other)]);

for (const payload of [{ name: "product 1" }, { title: "no name" }]) {
  console.log(`→ emit "create product" ${JSON.stringify(payload)}`);
  console.log(`← ack  ${JSON.stringify(await socket.timeout(5_000).emitWithAck("create product", payload))}`);
}
await heard;
console.log('← the other client got "refresh products"');
process.exit();
