// One message as a bubble, with its keyboard.

import {button, clock, el} from './dom.js';
import {words} from './words.js';

const NAMES = {
  voice: (m) => `Voice message, ${m.voice.duration} seconds`,
  video: (m) => `Video, ${m.video.duration} seconds`,
  document: (m) => `File: ${m.document.file_name || 'document'}`,
  contact: (m) => `Contact: ${m.contact.first_name} ${m.contact.phone_number}`,
  location: () => 'A place on the map',
  audio: () => 'Music',
  animation: () => 'A moving picture',
  video_note: () => 'A round video',
};
const SIGNS = {voice: '▶', video: '▶', document: '▤', contact: '☎', location: '⌖', audio: '♪'};

function picture(message) {
  if (message.photo) {
    const photo = message.photo[message.photo.length - 1];
    return el('img', {src: `/phones/files/${photo.file_id}`, alt: 'A made-up photo', width: 320, height: 240});
  }
  if (message.sticker) return el('div', {class: 'sticker', 'aria-label': 'Sticker'}, message.sticker.emoji || '◻');
  if (message.poll) {
    return el('div', {class: 'poll'}, el('strong', {}, message.poll.question),
      el('ul', {}, ...message.poll.options.map((option) => el('li', {}, option.text))));
  }
  const kind = Object.keys(NAMES).find((name) => message[name]);
  if (!kind) return null;
  return el('div', {class: 'thing'}, el('span', {'aria-hidden': 'true'}, SIGNS[kind] || '◻'), NAMES[kind](message));
}

export function summary(message) {
  const text = message.text || message.caption;
  if (text) return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  if (message.photo) return 'Photo';
  if (message.sticker) return `Sticker ${message.sticker.emoji || ''}`;
  if (message.poll) return `Poll: ${message.poll.question}`;
  const kind = Object.keys(NAMES).find((name) => message[name]);
  return kind ? NAMES[kind](message) : 'Message';
}

export function serviceText(message) {
  const who = message.from ? message.from.first_name : 'Somebody';
  if (message.new_chat_members) {
    const names = message.new_chat_members.map((one) => one.first_name).join(', ');
    return names === who ? `${who} joined the group` : `${who} added ${names}`;
  }
  if (message.left_chat_member) {
    const name = message.left_chat_member.first_name;
    return name === who ? `${who} left the group` : `${who} removed ${name}`;
  }
  if (message.pinned_message) return `${who} pinned: ${summary(message.pinned_message)}`;
  if (message.new_chat_title) return `The group is now called ${message.new_chat_title}`;
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return 'The group became a supergroup';
  return 'The group changed';
}

function keyboard(message, on) {
  const rows = message.reply_markup && message.reply_markup.inline_keyboard;
  if (!rows) return null;
  return el('div', {class: 'keyboard'}, ...rows.map((row) => el('div', {class: 'row'}, ...row.map((key) => {
    if (key.url) return button(`${key.text} ↗`, () => on.url(key.url), {class: 'key'});
    const pressed = button(key.text, () => on.tap(message, key, pressed), {class: 'key'});
    return pressed;
  }))));
}

function reactions(message) {
  const given = Object.values(message.reactions || {});
  if (!given.length) return null;
  const counts = new Map();
  for (const emoji of given) counts.set(emoji, (counts.get(emoji) || 0) + 1);
  return el('p', {class: 'reactions', 'aria-label': 'Reactions'},
    ...[...counts].map(([emoji, count]) => el('span', {}, count > 1 ? `${emoji} ${count}` : emoji)));
}

export function bubble(message, me, inGroup, on) {
  if (message.service) return el('li', {class: 'service', 'data-id': message.message_id}, serviceText(message));
  const mine = message.from && message.from.id === me;
  const name = mine ? 'You' : message.from.first_name;
  const reply = message.reply_to_message;
  const origin = message.forward_origin;
  const text = message.text || message.caption;
  const box = el('div', {class: 'bubble'},
    el('span', {class: inGroup && !mine ? 'name' : 'unseen'}, `${name}${inGroup && !mine ? '' : ': '}`),
    origin && el('p', {class: 'from'}, `Forwarded from ${origin.sender_user ? origin.sender_user.first_name : 'somebody'}`),
    reply && el('p', {class: 'quote'}, el('b', {}, reply.from.first_name), ` ${summary(reply)}`),
    picture(message),
    text && words(text, message.entities || message.caption_entities, on),
    reactions(message),
    el('p', {class: 'meta'}, message.edited ? 'edited ' : '', el('time', {}, clock(message.date)),
      button('⋯', () => on.more(message), {class: 'more', 'aria-label': `More about this message from ${name}`})));
  box.addEventListener('contextmenu', (event) => {
    if (event.target.closest('a')) return;
    event.preventDefault();
    on.more(message);
  });
  return el('li', {class: mine ? 'mine' : 'theirs', 'data-id': message.message_id}, box, keyboard(message, on));
}
