// Serves the chat page, and the Socket.IO client that it loads, on 127.0.0.1:
//
//     node examples/chat/serve.mjs [PORT]
//
// With port 0 it takes a free one. It says where the page is.
import { createReadStream, existsSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const port = Number(process.argv[2] ?? 8080);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
// All that there is to serve: nothing of a request's path reaches the file system.
const files = new Map([
  ["/", file("public/index.html")],
  ...readdirSync(file("public")).map((name) => [`/${name}`, file(`public/${name}`)]),
  ["/socket.io.js", file("../node_modules/socket.io-client/dist/socket.io.min.js")],
]);

const server = createServer((request, response) => {
  const path = files.get(request.url.split("?")[0]);
  if (path === undefined || !existsSync(path)) {
    response.writeHead(404).end("There is only the chat at /\n");
    return;
  }
  const type = types[path.split(".").pop()];
  response.writeHead(200, { "content-type": `${type}; charset=utf-8` });
  createReadStream(path).pipe(response);
});

server.on("error", (error) => {
  console.error(`cannot serve the page on port ${port}: ${error.message}`);
  process.exit(1);
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
