// One visit, from coming in to leaving: the connection, and the rooms that it keeps up to date.

import { Room, TYPING_LASTS } from './room.js';

/** How long to wait for an answer of the server's, in milliseconds. */
const PATIENCE = 5000;

/** What to tell people about an answer with status "error". */
function reason({ error }) {
  if (typeof error === 'string') return error;
  return error?.message ?? 'the server did not accept this';
}

export class Visit {
  /** By name, in the order in which they were joined. */
  rooms = new Map();
  /** The room that is looked at. */
  current = null;
  #socket;
  #page;
  #wasConnected = false;
  #typingSent = 0;
  #pause;

  /**
   * `page` is told what happens: `connection(state, words)`, `entered()`, `ended(words)`, `roomsChanged()`,
   * `membersChanged(room)`, `typingChanged(room)`, `added(room, item)`, `changed(room, item)`, and answers `isLookedAt()`.
   */
  constructor(server, name, room, page) {
    this.name = name;
    this.#page = page;
    this.current = this.#open(room);
    // Beyond a few seconds between attempts, people reload.
    this.#socket = io(server, { auth: { name }, forceNew: true, reconnectionDelayMax: 3000 });
    this.#listen(server);
  }

  get id() {
    return this.#socket.id;
  }

  get isConnected() {
    return this.#socket.connected;
  }

  end() {
    this.#socket.off();
    this.#socket.disconnect();
    this.rooms.forEach((room) => room.forgetMembers());
    clearTimeout(this.#pause);
  }

  /** Goes to a room, and joins it where that is not done. */
  visit(name) {
    this.#stopTyping();
    let room = this.rooms.get(name);
    if (!room) {
      room = this.#open(name);
      if (this.isConnected) this.#join(room);
    }
    this.current.firstUnread = null;
    this.current = room;
    room.markRead();
    return room;
  }

  /** Leaves the current room; answers whether there is another one. */
  leave() {
    const { current } = this;
    this.#stopTyping();
    this.#socket.volatile.emit('leave', { room: current.name });
    current.forgetMembers();
    this.rooms.delete(current.name);
    if (this.rooms.size === 0) return false;
    this.visit(this.rooms.keys().next().value);
    return true;
  }

  say(text) {
    this.#stopTyping();
    const { current } = this;
    const item = { kind: 'message', own: true, name: this.name, text, time: new Date(), state: 'sending' };
    current.firstUnread = null;
    this.#add(current, item);
    this.#send(current, item);
  }

  /** Sends a message that failed. */
  sayAgain(item) {
    item.state = 'sending';
    this.#page.changed(this.current, item);
    this.#send(this.current, item);
  }

  /** The composer has changed. */
  typed(text) {
    if (!text.trim()) return this.#stopTyping();
    if (Date.now() - this.#typingSent > TYPING_LASTS / 2) {
      this.#typingSent = Date.now();
      this.#socket.volatile.emit('typing', { room: this.current.name });
    }
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#stopTyping(), TYPING_LASTS);
  }

  #stopTyping() {
    clearTimeout(this.#pause);
    if (this.#typingSent) this.#socket.volatile.emit('stop typing', { room: this.current.name });
    this.#typingSent = 0;
  }

  #open(name) {
    const room = new Room(name, (room) => this.#page.typingChanged(room));
    this.rooms.set(name, room);
    return room;
  }

  #add(room, item) {
    room.add(item);
    this.#page.added(room, item);
  }

  #notice(room, text) {
    this.#add(room, { kind: 'notice', text });
  }

  /** Emits an event that must be acknowledged; `done` is given what went wrong, or nothing. */
  #ask(event, payload, done) {
    this.#socket.timeout(PATIENCE).emit(event, payload, (lost, answer) => {
      if (lost) done('the server did not answer');
      else done(answer.status === 'ok' ? undefined : reason(answer));
    });
  }

  #send(room, item) {
    this.#ask('message', { room: room.name, text: item.text }, (fault) => {
      item.state = fault ? 'failed' : 'sent';
      item.fault = fault;
      this.#page.changed(room, item);
    });
  }

  #join(room) {
    this.#ask('join', { room: room.name }, (fault) => {
      // A connection that was lost meanwhile joins again when it is back.
      if (!this.isConnected || this.rooms.get(room.name) !== room) return;
      if (fault) return this.#page.ended(`Cannot join ${room.name}: ${fault}.`);
      room.members.set(this.id, this.name);
      this.#page.membersChanged(room);
      if (room === this.current) this.#page.entered();
    });
  }

  #listen(server) {
    const socket = this.#socket;

    socket.on('connect', () => {
      this.#page.connection('online', 'Connected');
      for (const room of this.rooms.values()) {
        room.forgetMembers();
        this.#join(room);
        if (this.#wasConnected) this.#notice(room, 'Connected again. What was said meanwhile is not shown.');
      }
      this.#wasConnected = true;
    });

    socket.on('connect_error', (error) => {
      // An active socket tries again by itself; an inactive one was refused, with a reason for people.
      if (!socket.active) this.#page.ended(error.message);
      else if (this.#wasConnected) this.#page.connection('trouble', 'Reconnecting …');
      else this.#page.connection('trouble', `Cannot reach ${server}. Trying again …`);
    });

    socket.on('disconnect', () => {
      if (!socket.active) return this.#page.ended('The server closed the connection.');
      for (const room of this.rooms.values()) {
        room.nobodyTypes();
        this.#page.typingChanged(room);
        this.#notice(room, 'Connection lost.');
      }
      this.#page.connection('trouble', 'Reconnecting …');
    });

    // Whatever the server sends is about one of the rooms, unless that was left while it was under way.
    const on = (event, heard) => {
      socket.on(event, (data) => {
        const room = this.rooms.get(data.room);
        if (room) heard(room, data);
      });
    };

    on('joined', (room, { id, name }) => {
      room.members.set(id, name);
      this.#page.membersChanged(room);
      this.#notice(room, `${name} came in`);
      socket.emit('here', { room: room.name, to: id });
    });

    on('member', (room, { id, name }) => {
      room.members.set(id, name);
      this.#page.membersChanged(room);
    });

    on('left', (room, { id, name }) => {
      room.removeMember(id);
      this.#page.membersChanged(room);
      this.#page.typingChanged(room);
      this.#notice(room, `${name} left`);
    });

    on('message', (room, { id, name, text }) => {
      room.stopsTyping(id);
      this.#page.typingChanged(room);
      const item = { kind: 'message', own: false, id, name, text, time: new Date() };
      if (room !== this.current || !this.#page.isLookedAt()) {
        room.markUnread(item);
        this.#page.roomsChanged();
      }
      this.#add(room, item);
    });

    on('typing', (room, { id }) => {
      room.types(id);
      this.#page.typingChanged(room);
    });

    on('stop typing', (room, { id }) => {
      room.stopsTyping(id);
      this.#page.typingChanged(room);
    });
  }
}
