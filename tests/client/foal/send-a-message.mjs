// "Send a message": the server answers an event with two messages to the client that sent it.
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url, eventName = "create"] = process.argv.slice(2);
const socket = io(url);

socket.on("event 1", (payload) => {
  saw("event 1", payload);
});

socket.emit(eventName, { name: "someone" }, (response) => {
  saw("response", response);
  done();
});
