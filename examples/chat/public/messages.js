// The list of messages of the room that is looked at. What people wrote only ever becomes text, never markup.

import { avatar, element } from './elements.js';

const byId = (id) => document.getElementById(id);
const [scroll, list, toEnd, empty] = ['scroll', 'messages', 'to-end', 'empty'].map(byId);

/** Messages of one person within so many milliseconds are shown as one. */
const TOGETHER = 5 * 60_000;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The room that is shown. */
let shown = null;
/** Item -> its element. */
const elements = new Map();
/** Whether the newest message is in sight, and should stay there. */
let atEnd = true;
/** What to do when someone wants a message sent again. */
let again = () => {};

export function onSendAgain(callback) {
  again = callback;
}

/** Shows a room from its end. */
export function showRoom(room) {
  shown = room;
  elements.clear();
  list.replaceChildren();
  room.items.forEach(append);
  showEmpty();
  goToEnd();
}

/** Shows a new item, if it is of the room that is shown. */
export function showAdded(room, item) {
  if (room !== shown) return;
  append(item, room.items.length - 1);
  while (list.childElementCount > 2 * room.items.length + 1) list.firstElementChild.remove();
  showEmpty();
  if (atEnd || item.own) goToEnd();
  else toEnd.hidden = item.kind !== 'message' && toEnd.hidden;
}

/** Shows what became of a message. */
export function showChanged(room, item) {
  const old = elements.get(item);
  if (room !== shown || !old) return;
  const made = message(item, old.classList.contains('first'));
  old.replaceWith(made);
  elements.set(item, made);
  if (atEnd) goToEnd();
}

function append(item, index) {
  if (item === shown.firstUnread) list.append(element('li', { className: 'new' }, element('span', {}, 'New')));
  const made = item.kind === 'notice'
    ? element('li', { className: 'notice' }, item.text)
    : message(item, !follows(item, shown.items[index - 1]));
  elements.set(item, made);
  list.append(made);
}

/** Whether a message continues the one before. */
function follows(item, before) {
  return before?.kind === 'message' && before.own === item.own && before.id === item.id
    && item !== shown.firstUnread && item.time - before.time < TOGETHER;
}

function message(item, first) {
  const time = element('time', { dateTime: item.time.toISOString() }, clock.format(item.time));
  const made = element('li', { className: 'message' });
  made.classList.toggle('own', item.own);
  made.classList.toggle('first', first);
  if (item.state) made.dataset.state = item.state;
  const who = item.own ? element('b', { className: 'unseen' }, 'You') : element('b', {}, item.name);
  made.append(
    avatar(item.name),
    element('p', { className: first ? 'from' : 'from unseen' }, who, ' ', time),
    element('p', { className: 'bubble', title: clock.format(item.time) }, item.text),
  );
  if (item.state === 'failed') made.append(fault(item));
  return made;
}

function fault(item) {
  const button = element('button', { type: 'button' }, 'Try again');
  button.addEventListener('click', () => again(item));
  return element('p', { className: 'fault' }, `Not sent: ${item.fault}. `, button);
}

function showEmpty() {
  const quiet = !shown.items.some(({ kind }) => kind === 'message');
  empty.hidden = !quiet;
  if (!quiet) return;
  byId('empty-title').textContent = `It is quiet in ${shown.name}`;
  byId('empty-hint').textContent = shown.members.size > 1
    ? 'Say hello.'
    : 'You are the first here. Open this page in a second window, or send someone the link.';
}

/** Who is here has changed. */
export function showMembersOf(room) {
  if (room === shown) showEmpty();
}

function goToEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  atEnd = true;
  toEnd.hidden = true;
}

scroll.addEventListener('scroll', () => {
  atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
  if (atEnd) toEnd.hidden = true;
});

toEnd.addEventListener('click', () => {
  goToEnd();
  byId('text').focus();
});

// A keyboard on the screen, a growing composer: what was in sight stays so.
new ResizeObserver(() => {
  if (atEnd) goToEnd();
}).observe(scroll);
