// One function for each command of the driver. Each takes the command's members and answers what goes into `ok`.

import { io } from "socket.io-client";
import * as msgpack from "socket.io-msgpack-parser";

import { Queue, TimedOut } from "./queue.mjs";

export { TimedOut };

/** How long a command waits where it does not say, in milliseconds. */
const TIMEOUT = 5000;

const clients = [];

function client(handle) {
  const found = clients[handle];
  if (found === undefined) {
    throw new Error(`there is no socket ${handle}`);
  }
  return found;
}

const any = () => true;

/** Emits with an acknowledgement; answers its arguments. */
function ask(socket, event, args, timeout) {
  return new Promise((resolve, reject) => {
    socket.timeout(timeout).emit(event, ...args, (error, ...answer) => {
      if (error === null) {
        resolve(answer);
      } else {
        const late = error.message === "operation has timed out";
        reject(late ? new TimedOut(`no acknowledgement of ${event} within ${timeout} ms`) : error);
      }
    });
  });
}

/** Remembers what happens to a socket from its first moment. */
function watch(socket) {
  const outcomes = new Queue();
  const disconnects = new Queue();
  const events = new Queue();
  const answers = new Map();

  socket.on("connect", () => outcomes.push({ connected: true, id: socket.id, recovered: socket.recovered === true }));
  socket.on("connect_error", ({ message, data }) => outcomes.push({ connected: false, message, data }));
  socket.on("disconnect", (reason) => disconnects.push({ reason }));
  socket.onAny(async (event, ...args) => {
    const acknowledge = typeof args.at(-1) === "function" ? args.pop() : undefined;
    events.push({ event, args, ack: acknowledge !== undefined });
    const answer = answers.get(event);
    if (answer?.first !== undefined) {
      const { event, args } = answer.first;
      // An acknowledgement that does not come is the test's to notice.
      await ask(socket, event, args, TIMEOUT).catch(() => undefined);
    }
    if (answer !== undefined) {
      acknowledge?.(...answer.args);
    }
  });
  return { socket, outcomes, disconnects, events, answers };
}

function state({ socket }) {
  return {
    connected: socket.connected,
    id: socket.id ?? null,
    recovered: socket.recovered === true,
    transport: socket.io.engine?.transport?.name ?? null,
  };
}

export const commands = {
  connect({ url, opts = {} }) {
    // A connection of its own, unless the test asks for a shared one.
    const parser = opts.parser === "msgpack" ? { parser: msgpack.default } : {};
    clients.push(watch(io(url, { forceNew: true, ...opts, ...parser })));
    return { socket: clients.length - 1 };
  },

  wait({ socket, timeout = TIMEOUT }) {
    return client(socket).outcomes.next(any, timeout, "connect or connect_error");
  },

  emit({ socket, event, args = [], ack = false, timeout = TIMEOUT }) {
    const { socket: emitter } = client(socket);
    if (ack) {
      return ask(emitter, event, args, timeout);
    }
    emitter.emit(event, ...args);
  },

  /** Emits with a callback and without a timeout of its own; answers what the callback gets. */
  call({ socket, event, args = [] }) {
    return new Promise((resolve) => client(socket).socket.emit(event, ...args, (...got) => resolve(got)));
  },

  async burst({ socket, events, timeout = TIMEOUT }) {
    const { socket: emitter } = client(socket);
    const order = [];
    const acks = events.map(async ({ event, args = [] }, index) => {
      const answer = await ask(emitter, event, args, timeout);
      order.push(index);
      return answer;
    });
    const settled = await Promise.allSettled(acks);
    return { acks: settled.map(({ value, reason }) => value ?? { error: reason.message }), order };
  },

  next({ socket, event, timeout = TIMEOUT }) {
    const wants = event === undefined ? any : (item) => item.event === event;
    return client(socket).events.next(wants, timeout, `event ${event ?? ""}`.trimEnd());
  },

  events({ socket }) {
    return client(socket).events.drain();
  },

  answer({ socket, event, args, first }) {
    client(socket).answers.set(event, { args, first });
  },

  state({ socket }) {
    return state(client(socket));
  },

  "set-auth"({ socket, auth }) {
    client(socket).socket.auth = auth;
  },

  reconnect({ socket }) {
    client(socket).socket.connect();
  },

  async "wait-upgrade"({ socket, timeout = TIMEOUT }) {
    const { engine } = client(socket).socket.io;
    if (engine.transport.name !== "websocket") {
      await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new TimedOut(`no upgrade within ${timeout} ms`)), timeout);
        engine.once("upgrade", () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return state(client(socket));
  },

  "wait-disconnect"({ socket, timeout = TIMEOUT }) {
    return client(socket).disconnects.next(any, timeout, "disconnect");
  },

  disconnect({ socket }) {
    client(socket).socket.disconnect();
  },

  drop({ socket }) {
    client(socket).socket.io.engine.close();
  },

  close({ socket }) {
    const { socket: closing } = client(socket);
    closing.disconnect();
    closing.io.engine?.close();
    delete clients[socket];
  },
};
