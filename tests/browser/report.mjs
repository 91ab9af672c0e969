// What the test that runs a script hears from it.

import { once } from "node:events";
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin });
// Nothing is read before it is asked for; and an open input does not keep the script from ending.
lines.pause();

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** A function that runs one step. The first that fails ends the script, after `failed` has had a look. */
export function steps(failed) {
  return async (name, run) => {
    try {
      await run();
    } catch (error) {
      await failed();
      say({ failed: name, message: error.message });
      process.exit(1);
    }
    say({ step: name });
  };
}

/** Has the test do something, and waits until that is done. */
export async function please(what) {
  const done = once(lines, "line");
  lines.resume();
  say({ please: what });
  await done;
  lines.pause();
}

/** Fails the step unless `condition` holds. */
export function check(condition, message) {
  if (!condition) throw new Error(message);
}
