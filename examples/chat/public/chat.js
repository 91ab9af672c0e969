'use strict';

// The server to talk to: ?server=http://example.org:3001, else port 3001 of the host that served this page.
const server =
  new URLSearchParams(location.search).get('server') ?? `http://${location.hostname || 'localhost'}:3001`;

const element = (id) => document.getElementById(id);
const [entrance, chat, messages, text] = ['entrance', 'chat', 'messages', 'text'].map(element);

/** How long someone counts as typing without another sign of it. */
const TYPING_LASTS = 4000;

let socket = null;
let me = '';
let room = '';
/** Who is in the room, this client included: id -> name. */
const members = new Map();
/** Who is typing: id -> timer. */
const typing = new Map();

// --- What is shown. User text only ever becomes textContent.

function showState(state, words) {
  element('state').dataset.state = state;
  element('state').textContent = words;
  element('composer').querySelector('button').disabled = state !== 'online';
}

function append(kind, ...parts) {
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  const item = document.createElement('li');
  item.className = kind;
  item.append(...parts);
  messages.append(item);
  while (messages.childElementCount > 500) messages.firstElementChild.remove();
  if (atEnd || kind === 'own') messages.scrollTop = messages.scrollHeight;
  return item;
}

const notice = (words) => append('notice', words);

function showMessage(name, words) {
  const sender = document.createElement('b');
  sender.textContent = name;
  append('', sender, words);
}

function showMembers() {
  const items = [...members].map(([id, name]) => {
    const item = document.createElement('li');
    item.textContent = id === socket?.id ? `${name} (you)` : name;
    if (id === socket?.id) item.className = 'own';
    return item;
  });
  element('members').replaceChildren(...items);
}

function showTyping() {
  const names = [...typing.keys()].map((id) => members.get(id)).filter(Boolean);
  element('typing').textContent =
    names.length === 0 ? '' : names.length === 1 ? `${names[0]} is typing …`
      : names.length === 2 ? `${names[0]} and ${names[1]} are typing …` : 'Several people are typing …';
}

function stopsTyping(id) {
  clearTimeout(typing.get(id));
  typing.delete(id);
  showTyping();
}

function forgetMembers() {
  [...typing.keys()].forEach(stopsTyping);
  members.clear();
  showMembers();
}

// --- The way in and out.

function enter() {
  showState('waiting', 'Connecting …');
  const connection = io(server, { auth: { name: me } });
  socket = connection;

  connection.on('connect', () => {
    showState('online', 'Connected');
    forgetMembers();
    connection.timeout(5000).emit('join', { room }, (lost, answer) => {
      if (socket !== connection || (lost && !connection.connected)) return;
      if (lost || answer.status !== 'ok') return refuse(lost ? 'The server did not answer.' : reason(answer));
      if (chat.hidden) notice(`You are in ${room}.`);
      entrance.hidden = true;
      chat.hidden = false;
      element('room-name').textContent = room;
      members.set(connection.id, me);
      showMembers();
      text.focus();
    });
  });

  connection.on('connect_error', (error) => {
    // An active socket tries again by itself; an inactive one was refused, with a reason for people.
    if (connection.active) showState('trouble', `Cannot reach ${server}. Trying again …`);
    else refuse(error.message);
  });

  connection.on('disconnect', () => {
    if (socket !== connection) return;
    forgetMembers();
    if (connection.active) showState('trouble', 'Connection lost. Trying again …');
    else refuse('The server closed the connection.');
  });

  connection.on('joined', (member) => {
    if (member.room !== room) return;
    members.set(member.id, member.name);
    showMembers();
    notice(`${member.name} came in.`);
    connection.emit('here', { room, to: member.id });
  });

  connection.on('member', (member) => {
    if (member.room !== room) return;
    members.set(member.id, member.name);
    showMembers();
  });

  connection.on('left', (member) => {
    if (member.room !== room) return;
    stopsTyping(member.id);
    members.delete(member.id);
    showMembers();
    notice(`${member.name} left.`);
  });

  connection.on('message', (message) => {
    if (message.room !== room) return;
    stopsTyping(message.id);
    showMessage(message.name, message.text);
  });

  connection.on('typing', (member) => {
    if (member.room !== room) return;
    clearTimeout(typing.get(member.id));
    typing.set(member.id, setTimeout(stopsTyping, TYPING_LASTS, member.id));
    showTyping();
  });

  connection.on('stop typing', (member) => stopsTyping(member.id));
}

function exit() {
  const connection = socket;
  socket = null;
  connection?.disconnect();
  forgetMembers();
  messages.replaceChildren();
  chat.hidden = true;
  entrance.hidden = false;
  showState('offline', 'Offline');
}

function refuse(words) {
  exit();
  element('refusal').textContent = words;
  element('name').focus();
}

/** What to tell about an answer with status "error". */
function reason({ error }) {
  if (typeof error === 'string') return error;
  return error?.message ?? 'The server did not accept this.';
}

element('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  if (socket) return;
  if (typeof io === 'undefined') {
    element('refusal').textContent = 'socket.io.js is missing beside this page.';
    return;
  }
  me = element('name').value.trim();
  room = element('room').value.trim();
  element('refusal').textContent = me && room ? '' : 'Please give a name and a room.';
  if (me && room) enter();
});

element('leave').addEventListener('click', () => {
  exit();
  element('room').focus();
});

// --- Writing.

let typingSent = 0;
let pause;

function stopTyping() {
  clearTimeout(pause);
  if (typingSent) socket?.volatile.emit('stop typing', { room });
  typingSent = 0;
}

text.addEventListener('input', () => {
  if (!text.value.trim()) return stopTyping();
  if (Date.now() - typingSent > TYPING_LASTS / 2) {
    typingSent = Date.now();
    socket?.volatile.emit('typing', { room });
  }
  clearTimeout(pause);
  pause = setTimeout(stopTyping, TYPING_LASTS);
});

element('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (!words || !socket?.connected) return;
  text.value = '';
  stopTyping();
  const connection = socket;
  const item = append('own', words);
  connection.timeout(5000).emit('message', { room, text: words }, (lost, answer) => {
    if (socket !== connection || (!lost && answer.status === 'ok')) return;
    item.classList.add('failed');
    notice(`Not sent: ${lost ? 'the server did not answer.' : reason(answer)}`);
  });
});

showState('offline', 'Offline');
