// node served.mjs URL FILE: loads the client that the server at URL serves, as a page would, and asks `echo` with it.
// Prints the acknowledgement.

import WebSocket from "ws";

const [url, file] = process.argv.slice(2);

// What the browser has and this Node may not.
globalThis.WebSocket ??= WebSocket;

async function load() {
  const response = await fetch(`${url}/socket.io/${file}`);
  if (!response.ok) {
    throw new Error(`${file}: ${response.status}`);
  }
  const code = await response.text();
  if (file.includes(".esm.")) {
    return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).io;
  }
  const module = { exports: {} };
  new Function("module", "exports", code)(module, module.exports);
  return module.exports;
}

const io = await load();
const socket = io(url, { transports: ["websocket"], reconnection: false });
socket.on("connect_error", (error) => {
  throw error;
});
console.log(JSON.stringify(await socket.timeout(5000).emitWithAck("echo", file)));
socket.disconnect();
