// "Broadcast a message": the server answers an event with two messages to everybody but the client that sent it.
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url, eventName = "create"] = process.argv.slice(2);
const other = io(url, { forceNew: true });

const heard = new Promise((resolve) => {
  other.on("event 1", (payload) => {
    saw("event 1", payload);
    if (payload === "second message") {
      resolve();
    }
  });
});

other.on("connect", () => {
  const socket = io(url, { forceNew: true });

  socket.on("event 1", (payload) => {
    saw("its own event 1", payload);
  });

  // What came to the client that sent it would have come before the second response.
  socket.emit(eventName, { name: "someone" });
  heard.then(() => socket.emit("echo", 1, done));
});
