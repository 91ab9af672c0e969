// The page: what people do goes to their visit, what happens there is shown.

import { avatar, element, paintAvatar } from './elements.js';
import { onSendAgain, showAdded, showChanged, showMembersOf, showRoom } from './messages.js';
import { Visit } from './visit.js';

// The server to talk to: ?server=http://example.org:3001, else the one that served this page.
const server =
  new URLSearchParams(location.search).get('server') ?? location.origin;

const byId = (id) => document.getElementById(id);
const [entrance, chat, text, people, refusal] = ['entrance', 'chat', 'text', 'people', 'refusal'].map(byId);
const TITLE = document.title;

let visit = null;

// --- What is shown.

const page = {
  connection(state, words) {
    document.body.dataset.state = state;
    byId('state').textContent = words;
    byId('composer').querySelector('button').disabled = state !== 'online';
    if (chat.hidden && state === 'trouble') refusal.textContent = words;
  },

  entered() {
    if (!chat.hidden) return;
    entrance.hidden = true;
    chat.hidden = false;
    byId('my-name').textContent = visit.name;
    paintAvatar(byId('my-avatar'), visit.name);
    showCurrent();
    text.focus();
  },

  ended: (words) => end(words),

  isLookedAt: () => document.visibilityState === 'visible',

  roomsChanged() {
    byId('rooms').replaceChildren(...[...visit.rooms.values()].map(roomItem));
    const unread = [...visit.rooms.values()].reduce((sum, room) => sum + room.unread, 0);
    document.title = `${unread ? `(${unread}) ` : ''}${visit.current.name} · ${TITLE}`;
  },

  membersChanged(room) {
    showMembersOf(room);
    if (room !== visit.current) return;
    const members = [...room.members].sort(([a], [b]) => (b === visit.id) - (a === visit.id));
    byId('members').replaceChildren(...members.map(([id, name]) => memberItem(name, id === visit.id)));
    people.textContent = members.length === 1 ? '1 person' : `${members.length} people`;
  },

  typingChanged(room) {
    if (room !== visit?.current) return;
    const names = room.typists();
    byId('typing').classList.toggle('on', names.length > 0);
    byId('typing-words').textContent =
      names.length === 0 ? '' : names.length === 1 ? `${names[0]} is typing …`
        : names.length === 2 ? `${names[0]} and ${names[1]} are typing …` : 'Several people are typing …';
  },

  added: showAdded,
  changed: showChanged,
};

function roomItem(room) {
  const button = element('button', { type: 'button' }, element('span', { className: 'name' }, room.name));
  if (room === visit.current) button.ariaCurrent = 'page';
  if (room.unread) {
    const count = room.unread > 99 ? '99+' : String(room.unread);
    button.append(element('span', { className: 'count' }, count, element('span', { className: 'unseen' }, ' unread')));
  }
  button.addEventListener('click', () => goTo(room.name));
  return element('li', {}, button);
}

function memberItem(name, own) {
  const item = element('li', {}, avatar(name), element('span', { className: 'name' }, name));
  if (own) item.append(element('span', { className: 'quiet' }, 'you'));
  return item;
}

function showCurrent() {
  const room = visit.current;
  byId('room-name').textContent = room.name;
  text.placeholder = `Message ${room.name}`;
  text.value = room.draft;
  fitText();
  history.replaceState(null, '', `#${encodeURIComponent(room.name)}`);
  showRoom(room);
  page.roomsChanged();
  page.membersChanged(room);
  page.typingChanged(room);
}

/** As high as its text, within limits that the style sheet sets. */
function fitText() {
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
}

// --- The way in and out.

function waiting(isWaiting) {
  byId('come-in').disabled = isWaiting;
  byId('come-in').textContent = isWaiting ? 'Connecting …' : 'Come in';
  byId('cancel').hidden = !isWaiting;
}

function refuse(words, field) {
  refusal.textContent = words;
  byId('name').ariaInvalid = String(field === 'name');
  byId('room').ariaInvalid = String(field === 'room');
  if (field) byId(field).focus();
}

function end(words = '') {
  visit?.end();
  visit = null;
  text.value = '';
  chat.hidden = true;
  entrance.hidden = false;
  document.title = TITLE;
  page.connection('offline', 'Offline');
  waiting(false);
  refuse(words);
  byId('name').focus();
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  if (visit) return;
  if (typeof io === 'undefined') return refuse('The server does not serve the Socket.IO client: see socket.client in stockade.toml.');
  const [name, room] = ['name', 'room'].map((id) => byId(id).value.trim());
  if (!name) return refuse('Please give your name.', 'name');
  if (!room) return refuse('Please name a room.', 'room');
  refuse('');
  waiting(true);
  visit = new Visit(server, name, room, page);
});

byId('cancel').addEventListener('click', () => end());
byId('sign-out').addEventListener('click', () => end());

// --- Rooms.

function goTo(name) {
  visit.current.draft = text.value;
  visit.visit(name);
  showCurrent();
  text.focus();
}

byId('join').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = byId('join-room').value.trim();
  byId('join-room').value = '';
  if (name) goTo(name);
});

byId('leave').addEventListener('click', () => {
  if (!visit.leave()) return end();
  showCurrent();
  text.focus();
});

byId('copy').hidden = !navigator.clipboard;
byId('copy').addEventListener('click', async ({ target }) => {
  await navigator.clipboard.writeText(location.href);
  target.textContent = 'Copied';
  setTimeout(() => (target.textContent = 'Copy link'), 2000);
});

people.addEventListener('click', () => {
  people.ariaExpanded = String(people.ariaExpanded !== 'true');
});

// Alt and an arrow key go from room to room.
document.addEventListener('keydown', (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!visit || chat.hidden || !event.altKey || !step) return;
  event.preventDefault();
  const names = [...visit.rooms.keys()];
  goTo(names[(names.indexOf(visit.current.name) + step + names.length) % names.length]);
});

document.addEventListener('visibilitychange', () => {
  if (visit && page.isLookedAt() && visit.current.markRead()) page.roomsChanged();
});

// --- Writing.

text.addEventListener('input', () => {
  fitText();
  visit.typed(text.value);
});

text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId('composer').requestSubmit();
});

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const words = text.value.trim();
  // What cannot be sent stays where it is.
  if (!words || !visit.isConnected) return;
  text.value = '';
  fitText();
  visit.say(words);
  text.focus();
});

onSendAgain((item) => visit.sayAgain(item));

// A link to a room: #tea.
try {
  byId('room').value = decodeURIComponent(location.hash.slice(1)) || 'lobby';
} catch {
  // Not one of ours; the lobby will do.
}
byId('name').focus();
