// Drives real socket.io-client sockets for the Rust tests.
//
// One JSON object a line comes in, `{"id": 1, "cmd": "connect", …}`, and one goes out for each, in the order in which
// they are done: `{"id": 1, "ok": …}` or `{"id": 1, "error": {"kind": …, "message": …}}`. Commands run concurrently.
// The process ends when its input does. README.md lists the commands; commands.mjs is their code.

import { createInterface } from "node:readline";

import { commands, TimedOut } from "./commands.mjs";
import { decode, encode } from "./binary.mjs";

function send(reply) {
  process.stdout.write(`${JSON.stringify(encode(reply))}\n`);
}

async function run(line) {
  const { id, cmd, ...options } = decode(JSON.parse(line));
  try {
    if (!Object.hasOwn(commands, cmd)) {
      throw new Error(`there is no command ${cmd}`);
    }
    send({ id, ok: (await commands[cmd](options)) ?? null });
  } catch (error) {
    send({ id, error: { kind: error instanceof TimedOut ? "timeout" : "failure", message: error.message } });
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", run);
lines.on("close", () => process.exit());
