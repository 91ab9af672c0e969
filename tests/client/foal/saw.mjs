// What the samples print: a JSON line for each thing that one of their callbacks saw.

/** Prints that a callback ran, and with what. */
export function saw(what, ...values) {
  console.log(JSON.stringify({ saw: what, values }));
}

/** Ends the sample well. */
export function done() {
  process.exit();
}

setTimeout(() => {
  saw("deadline");
  process.exit(1);
}, 30_000);
