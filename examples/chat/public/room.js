// A room: who is in it, who is typing, what was said. Knows nothing of the page and of the connection.

/** How long someone counts as typing without another sign of it, in milliseconds. */
export const TYPING_LASTS = 4000;

/** How much is kept of what was said; the oldest goes first. */
const KEPT = 500;

export class Room {
  /** Who is here, this client included: id -> name. */
  members = new Map();
  /** Who is typing: id -> timer. */
  #typing = new Map();
  /** Messages and notices, oldest first. */
  items = [];
  /** How many messages came that nobody has looked at, and the first of them. */
  unread = 0;
  firstUnread = null;
  /** What stands in the composer, not yet sent. */
  draft = '';

  /** `stopped(room)` is called when someone stops typing without saying so. */
  constructor(name, stopped) {
    this.name = name;
    this.stopped = stopped;
  }

  add(item) {
    this.items.push(item);
    if (this.items.length > KEPT) this.items.shift();
  }

  markUnread(item) {
    this.unread += 1;
    this.firstUnread ??= item;
  }

  /** Whether anything changed. */
  markRead() {
    const changed = this.unread > 0;
    this.unread = 0;
    return changed;
  }

  types(id) {
    clearTimeout(this.#typing.get(id));
    const stop = () => {
      this.stopsTyping(id);
      this.stopped(this);
    };
    this.#typing.set(id, setTimeout(stop, TYPING_LASTS));
  }

  stopsTyping(id) {
    clearTimeout(this.#typing.get(id));
    this.#typing.delete(id);
  }

  /** The names of those who are typing. */
  typists() {
    return [...this.#typing.keys()].map((id) => this.members.get(id)).filter(Boolean);
  }

  removeMember(id) {
    this.stopsTyping(id);
    this.members.delete(id);
  }

  nobodyTypes() {
    [...this.#typing.keys()].forEach((id) => this.stopsTyping(id));
  }

  forgetMembers() {
    this.nobodyTypes();
    this.members.clear();
  }
}
