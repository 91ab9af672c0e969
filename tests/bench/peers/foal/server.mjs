// The benchmark's events on FoalTS. Usage: node server.mjs PORT

import http from "node:http";

import { createApp, ServiceManager } from "@foal/core";
import { EventName, SocketIOController, ValidatePayload, WebsocketResponse } from "@foal/socket.io";

class Products extends SocketIOController {
  async createProduct(_ctx, payload) {
    return new WebsocketResponse({ name: payload.name });
  }

  async announce() {
    this.wsServer.io.emit("refresh products");
    return new WebsocketResponse();
  }
}

// What TypeScript makes of decorators, written out, so that nothing has to be compiled.
function decorate(method, ...decorators) {
  const descriptor = Object.getOwnPropertyDescriptor(Products.prototype, method);
  Reflect.decorate(decorators, Products.prototype, method, descriptor);
}

decorate(
  "createProduct",
  EventName("create product"),
  ValidatePayload({
    additionalProperties: false,
    properties: { name: { type: "string" } },
    required: ["name"],
    type: "object",
  }),
);
decorate("announce", EventName("announce"));

class AppController {}

const serviceManager = new ServiceManager();
const server = http.createServer(await createApp(AppController, { serviceManager }));
await serviceManager.get(Products).attachHttpServer(server);
server.listen(Number(process.argv[2]), "127.0.0.1");
