// The page: all phones, fed by one stream of events.

import {getMessages, getState, listen} from './api.js';
import {button, el} from './dom.js';
import {Phone} from './phone.js';
import {startWrong} from './wrong.js';

class Store {
  constructor() { this.state = null; this.byChat = new Map(); }
  messages(chat) {
    if (!this.byChat.has(chat)) this.byChat.set(chat, new Map());
    return this.byChat.get(chat);
  }
}

const store = new Store();
let phones = [];
let refreshing = null;

async function readAll() {
  store.state = await getState();
  store.byChat.clear();
  const reads = store.state.people.map((one) => [one.id, one.id]);
  for (const group of store.state.groups) {
    const member = Object.keys(group.members).find((id) => store.state.people.some((one) => one.id === Number(id))
      && ['creator', 'administrator', 'member', 'restricted'].includes(group.members[id]));
    if (member) reads.push([Number(member), group.id]);
  }
  await Promise.all(reads.map(async ([user, chat]) => {
    const found = await getMessages(user, chat).catch(() => ({messages: []}));
    const known = store.messages(chat);
    for (const message of found.messages) known.set(message.message_id, message);
  }));
}

function refreshState() {
  // Several changes at once are one look.
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    const before = store.state;
    store.state = await getState().catch(() => before);
    for (const phone of phones) {
      const group = phone.group;
      const joined = group && phone.isMember(group) !== phone.wasMember;
      phone.wasMember = group && phone.isMember(group);
      phone.drawTabs();
      if (joined || !phone.list.children.length || phone.list.querySelector('.welcome')) phone.drawMessages();
      phone.drawFoot();
    }
  }, 60);
}

async function onEvent(event) {
  const {kind, chat_id: chat} = event;
  if (kind === 'message') {
    store.messages(chat).set(event.message.message_id, event.message);
    phones.forEach((phone) => { if (chat < 0 || chat === phone.me) phone.onMessage(event.message); });
    if (event.message.service || (chat > 0 && !phones.find((one) => one.me === chat)?.record.started)) refreshState();
  } else if (kind === 'edited') {
    store.messages(chat).set(event.message.message_id, event.message);
    phones.forEach((phone) => phone.onEdit(event.message));
  } else if (kind === 'deleted') {
    event.message_ids.forEach((id) => store.messages(chat).delete(id));
    phones.forEach((phone) => phone.onDelete(chat, event.message_ids));
  } else if (kind === 'callback_answer') {
    phones.find((one) => one.me === event.user_id)?.answered(event);
  } else if (kind === 'typing') {
    phones.forEach((phone) => { if (phone.chat === chat) phone.showTyping(); });
  } else if (kind === 'reset') {
    await readAll();
    phones.forEach((phone) => phone.draw());
  } else if (kind !== 'hello') {
    // known at once, so that a message right behind is not taken for one of a group one is not in
    const group = store.state.groups.find((one) => one.id === chat);
    if (kind === 'member' && group && event.user_id) group.members[event.user_id] = event.status;
    refreshState();
  }
}

function chooser() {
  const place = document.getElementById('chooser');
  const choose = (id) => {
    phones.forEach((phone) => phone.element.classList.toggle('chosen', phone.me === id));
    place.querySelectorAll('button').forEach((one) =>
      one.setAttribute('aria-pressed', String(Number(one.dataset.id) === id)));
    phones.find((phone) => phone.me === id)?.toEnd();
  };
  place.replaceChildren(...phones.map((phone) =>
    button(phone.person.name, () => choose(phone.me), {'data-id': phone.me, 'aria-pressed': 'false'})));
  choose(phones[0].me);
}

async function start() {
  await readAll();
  phones = store.state.people.map((person) => new Phone(person, store));
  document.getElementById('phones').replaceChildren(...phones.map((phone) => phone.element));
  document.getElementById('links').replaceChildren(...store.state.links.map((one) => el('a', {href: one.url}, one.name)));
  phones.forEach((phone) => phone.draw());
  chooser();
  const lost = document.getElementById('lost');
  listen(store.state.last_event_id, onEvent, (inTouch) => { lost.hidden = inTouch; });
  await startWrong();
  document.body.dataset.ready = 'yes';
}

start().catch((wrong) => {
  const lost = document.getElementById('lost');
  lost.textContent = `The rehearsal does not answer. ${wrong.message}`;
  lost.hidden = false;
});
