// "Handling connection", "Error-handling": the server refuses the client, which tries again with better manners.
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url] = process.argv.slice(2);
const socket = io(url, { auth: { refuse: true } });

socket.on("connect_error", (error) => {
  saw("connect_error", error.message);
  socket.auth = {};
  socket.connect();
});

socket.on("connect", () => {
  saw("connect");
  done();
});
