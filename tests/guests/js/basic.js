// The basic suite (see ../README.md) on nothing but what componentize-qjs generates.
//
// The names that an import may have: records have camelCase members, flags are objects of booleans, a variant is
// `{ tag, val }`, and a function that answers a `result` returns or throws.

import context from "stockade:handler/context@0.1.0";
import socket from "stockade:handler/socket@0.1.0";

const SOME_ROOM = "some room";
const EVERYONE = { rooms: [], except: [] };
const RELIABLE = { volatile: false, local: false };

const productSchema = {
  additionalProperties: false,
  properties: { name: { type: "string" } },
  required: ["name"],
  type: "object",
};

/** A payload without attachments. */
const json = (value) => ({ json: JSON.stringify(value), attachments: [] });
const ok = (value) => ({ tag: "ok", val: value === undefined ? null : json(value) });
const error = (value) => ({ tag: "error", val: json(value) });

/** What the contract calls an error that the guest's code raised. */
const thrown = (name, message) => ({ name, message, stack: null, data: null });

/** The event's payload as a value. */
function input() {
  const payload = context.payload();
  return payload === null ? undefined : JSON.parse(payload.json);
}

const hooks = {
  nameIsText: () =>
    typeof input()?.name === "string"
      ? { tag: "pass" }
      : { tag: "answer", val: error("Invalid name type") },
  registersPostHook: () => ({ tag: "post-hook", val: 0 }),
};

const postHooks = [() => ok({ post: true })];

const routes = [
  { event: "echo", run: () => ({ tag: "ok", val: context.payload() }) },
  { event: "arguments", run: () => ({ tag: "ok", val: context.arguments() }) },
  { event: "raw", run: () => ({ tag: "raw", val: context.arguments() }) },
  { event: "fail", run: () => error({ reason: "no" }) },
  { event: "empty", run: () => ok() },
  {
    event: "throw",
    run() {
      throw thrown("PermissionDenied", "not yours");
    },
  },
  {
    event: "throw other",
    run() {
      throw thrown("Error", "something else");
    },
  },
  {
    event: "create product",
    steps: [{ tag: "validate", val: 0 }],
    run() {
      socket.emitTo(EVERYONE, "refresh products", json([]), RELIABLE);
      return ok();
    },
  },
  {
    event: "broadcast",
    run() {
      socket.emitTo(EVERYONE, "event 1", json(["first message"]), RELIABLE);
      socket.emitTo(EVERYONE, "event 1", json(["second message"]), RELIABLE);
      return ok();
    },
  },
  {
    event: "event 1",
    run() {
      socket.emitTo({ rooms: [SOME_ROOM], except: [] }, "event 2", json([]), RELIABLE);
      return ok();
    },
  },
  {
    event: "join",
    run() {
      socket.join([input()]);
      return ok();
    },
  },
  {
    event: "say",
    run() {
      const { room, text } = input();
      socket.emitTo({ rooms: [room], except: [] }, "said", json([text]), RELIABLE);
      return ok();
    },
  },
  {
    event: "emit self",
    run() {
      socket.emit("event 1", json(["first message"]), RELIABLE);
      socket.emit("event 1", json(["second message"]), RELIABLE);
      return ok();
    },
  },
  { event: "users create", steps: [hooks.nameIsText], run: () => ok() },
  { event: "posted", steps: [hooks.registersPostHook], run: () => ok("handled") },
  {
    event: "handshake",
    run() {
      const { query, auth, address, headers } = socket.handshake();
      return ok({ query: Object.fromEntries(query), auth: JSON.parse(auth), address, headers: headers.length });
    },
  },
  {
    event: "data",
    run() {
      const count = JSON.parse(socket.data() ?? "0") + 1;
      socket.setData(JSON.stringify(count));
      return ok(count);
    },
  },
];

// A hook's id is its place in this list.
const hookList = Object.values(hooks);

/** Runs guest code; whatever it throws reaches the host as the contract's `thrown`. */
function attempt(run) {
  try {
    return run();
  } catch (caught) {
    if (caught instanceof Error) {
      throw { name: caught.name, message: caught.message, stack: caught.stack ?? null, data: null };
    }
    // The host's own errors are variants.
    throw caught.tag === undefined ? caught : thrown("HostError", JSON.stringify(caught));
  }
}

export const controller = {
  describe() {
    const step = (step) =>
      typeof step === "function" ? { tag: "hook", val: hookList.indexOf(step) } : step;
    const described = ({ event, steps = [] }, handler) => ({
      event,
      steps: steps.map(step),
      handler,
      handlerName: event,
      catchAll: false,
      concurrent: false,
    });
    const namespace = {
      name: "/",
      routes: routes.map(described),
      connectionSteps: [],
      onConnection: true,
      onDisconnection: true,
      handleError: true,
      matching: "exact",
    };
    return {
      sdk: "raw JavaScript",
      namespaces: [namespace],
      schemas: [JSON.stringify(productSchema)],
      hookNames: Object.keys(hooks).map((name, hook) => ({ hook, name })),
      options: null,
    };
  },

  onConnection: () =>
    attempt(() => {
      if (JSON.parse(socket.handshake().auth).refuse === true) {
        throw thrown("Error", "refused by guest");
      }
      socket.join([SOME_ROOM]);
    }),

  runHook: (hook) => attempt(() => hookList[hook]()),

  handleEvent: (handler) => attempt(() => routes[handler].run()),

  runPostHook: (postHook, response) => attempt(() => postHooks[postHook](response)),

  handleError(raised) {
    if (raised.name === "PermissionDenied") {
      return error("Permission is denied");
    }
    throw raised;
  },

  onDisconnection: () =>
    attempt(() => {
      socket.emitTo({ rooms: [SOME_ROOM], except: [] }, "left", json([socket.id()]), RELIABLE);
    }),
};
