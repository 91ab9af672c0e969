// What the page is made of.

/** An element with properties and children; strings become text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A round picture for a name: its initials, in a colour of its own. */
export function avatar(name) {
  const made = element('span', { className: 'avatar' });
  made.ariaHidden = 'true';
  paintAvatar(made, name);
  return made;
}

/** Makes an element the avatar of a name. */
export function paintAvatar(target, name) {
  const words = name.trim().split(/\s+/u);
  const initials = words.length > 1 ? [words[0], words.at(-1)] : words;
  target.textContent = initials.map((word) => [...word][0].toUpperCase()).join('');
  // FNV-1a, for names that differ in one letter should differ in colour.
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  target.style.setProperty('--hue', hash % 360);
}
