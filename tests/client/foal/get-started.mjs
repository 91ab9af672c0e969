// "Get Started", client. A second client hears the broadcast.
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url, name = '"product 1"'] = process.argv.slice(2);
const other = io(url, { forceNew: true });

const refreshed = new Promise((resolve) => {
  other.on("refresh products", () => {
    saw("refresh products");
    resolve();
  });
});

other.on("connect", () => {
  const socket = io(url, { forceNew: true });

  socket.on("connect", () => {
    saw("connect");

    socket.emit("create product", { name: JSON.parse(name) }, (response) => {
      saw("response", response);
      if (response.status === "error") {
        saw("error", response.error);
        done();
      }
      // What came to the client itself would have come before this response.
      refreshed.then(() => socket.emit("list products", null, done));
    });
  });

  socket.on("connect_error", () => {
    saw("connect_error");
  });

  socket.on("refresh products", () => {
    saw("its own refresh products");
  });
});
