// "When using socket.io with FoalTS, the client function `emit` can only take one, two or three arguments."
import { io } from "socket.io-client";

import { done, saw } from "./saw.mjs";

const [url, eventName = "event name"] = process.argv.slice(2);
const socket = io(url);

socket.emit(eventName);
socket.emit(eventName, { /* payload */ });
socket.emit(eventName, { /* payload */ }, (response) => {
  saw("response", response);
  done();
});
