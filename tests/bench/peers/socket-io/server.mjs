// The benchmark's events on Socket.IO alone. Usage: node server.mjs PORT

import http from "node:http";

import { Ajv } from "ajv";
import { Server } from "socket.io";

const validate = new Ajv().compile({
  additionalProperties: false,
  properties: { name: { type: "string" } },
  required: ["name"],
  type: "object",
});

const server = http.createServer();
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("create product", (payload, acknowledge) => {
    if (validate(payload)) {
      acknowledge({ status: "ok", data: { name: payload.name } });
    } else {
      const error = { code: "VALIDATION_PAYLOAD_ERROR", payload: validate.errors };
      acknowledge({ status: "error", error });
    }
  });
  socket.on("announce", (acknowledge) => {
    io.emit("refresh products");
    acknowledge({ status: "ok" });
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");
