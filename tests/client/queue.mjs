/** A wait that took too long. */
export class TimedOut extends Error {}

/** Things that happened, in their order, for whoever asks for them then or later. */
export class Queue {
  #items = [];
  #waiting = [];

  /** Adds an item, or hands it to the first who waits for such a one. */
  push(item) {
    const index = this.#waiting.findIndex(({ wants }) => wants(item));
    if (index === -1) {
      this.#items.push(item);
    } else {
      this.#waiting.splice(index, 1)[0].take(item);
    }
  }

  /** The first item that `wants` accepts, taken out of the queue; waits for it at most `timeout` milliseconds. */
  next(wants, timeout, what) {
    const index = this.#items.findIndex(wants);
    if (index !== -1) {
      return this.#items.splice(index, 1)[0];
    }
    return new Promise((resolve, reject) => {
      const waiter = { wants, take };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(new TimedOut(`no ${what} within ${timeout} ms`));
      }, timeout);
      function take(item) {
        clearTimeout(timer);
        resolve(item);
      }
      this.#waiting.push(waiter);
    });
  }

  /** All items, taken out of the queue. */
  drain() {
    return this.#items.splice(0);
  }
}
