// "Get Started", client. A second client hears the broadcast.
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url, name = '"product 1"'] = process.argv.slice(2);
const other = io(url, { forceNew: true });

other.on("refresh products", () => {
  saw("refresh products");
  done();
});

other.on("connect", () => {
  const socket = io(url, { forceNew: true });

  socket.on("connect", () => {
    saw("connect");

    socket.emit("create product", { name: JSON.parse(name) }, (response) => {
      saw("response", response);
      if (response.status === "error") {
        console.log(JSON.stringify(response.error));
        done();
      }
    });
  });

  socket.on("connect_error", () => {
    console.log("Impossible to establish the socket.io connection");
  });

  socket.on("refresh products", () => {
    saw("its own refresh products");
  });
});
