// One person's phone: their chats, what they write, what they press.

import {act} from './api.js';
import {bubble, summary} from './bubble.js';
import {button, el} from './dom.js';
import {attachMenu, commandMenu, messageMenu, phoneMenu} from './menus.js';
import {Sheet} from './sheet.js';

const BUSY_SECONDS = 60;

export class Phone {
  constructor(person, store) {
    this.person = person;
    this.store = store;
    this.me = person.id;
    this.chat = person.id;
    this.unread = new Map();
    this.replyTo = null;
    this.sheet = new Sheet();
    this.tabs = el('div', {class: 'tabs', role: 'tablist', 'aria-label': `${person.name}’s chats`});
    this.list = el('ol', {class: 'messages', tabindex: 0, 'aria-label': `Messages on ${person.name}’s phone`});
    this.typing = el('p', {class: 'typing', hidden: true});
    this.toast = el('div', {class: 'toast', role: 'status'});
    this.foot = el('div', {class: 'foot'});
    this.field = el('textarea', {rows: 1, 'aria-label': `Message from ${person.name}`, placeholder: 'Message',
      onkeydown: (event) => this.onKey(event), oninput: () => this.grow()});
    this.element = el('section', {class: `phone ${person.role.replace(' ', '-')}`, 'aria-label': `${person.name}’s phone`,
      id: `phone-${person.id}`},
      el('header', {class: 'phone-head'},
        el('span', {class: 'face', 'aria-hidden': 'true'}, person.name[0]),
        el('h2', {}, person.name, el('small', {}, person.role)),
        button('⋮', () => phoneMenu(this), {class: 'icon', 'aria-label': `Menu of ${person.name}’s phone`})),
      this.tabs, this.list, this.typing, this.foot, this.toast, this.sheet.element);
    this.on = {
      open: (url) => this.do('open_link', {link: url}),
      url: (url) => this.openUrl(url),
      command: (text) => this.do('send_text', {chat_id: this.chat, text}),
      tap: (message, key, pressed) => this.tap(message, key, pressed),
      more: (message) => messageMenu(this, message),
    };
  }

  get state() { return this.store.state; }
  get group() { return this.state.groups.find((one) => one.id === this.chat); }
  get record() { return this.state.people.find((one) => one.id === this.me); }
  isMember(group) {
    const status = group.members[this.me];
    return ['creator', 'administrator', 'member', 'restricted'].includes(status);
  }

  async do(name, more = {}) {
    try {
      return (await act(this.me, name, more)).result;
    } catch (wrong) {
      this.say(wrong.message);
      return null;
    }
  }

  say(text, stay = false) {
    this.toast.replaceChildren(el('p', {}, text));
    this.toast.classList.add('shown');
    clearTimeout(this.toastTimer);
    if (stay) this.toast.append(button('OK', () => this.hideToast()));
    else this.toastTimer = setTimeout(() => this.hideToast(), 5000);
  }

  hideToast() { this.toast.classList.remove('shown'); this.toast.replaceChildren(); }

  openUrl(url) {
    if (/^(https?:\/\/)?(www\.)?(t|telegram)\.me\//i.test(url)) return this.on.open(url);
    if (/^https?:\/\//i.test(url)) return window.open(url, '_blank', 'noopener,noreferrer');
    if (/^[a-z]+:\/\//i.test(url)) return this.say('A rehearsal opens web addresses only.');
    return window.open(`http://${url}`, '_blank', 'noopener,noreferrer');
  }

  async tap(message, key, pressed) {
    if (key.callback_data === undefined) return this.say('This kind of button does nothing in a rehearsal.');
    pressed.setAttribute('aria-busy', 'true');
    setTimeout(() => pressed.removeAttribute('aria-busy'), BUSY_SECONDS * 1000);
    const done = await this.do('tap', {chat_id: this.chat, message_id: message.message_id, callback_data: key.callback_data});
    if (done === null) pressed.removeAttribute('aria-busy');
    return done;
  }

  answered(event) {
    const at = this.list.querySelector(`[data-id="${event.message_id}"]`);
    if (at) at.querySelectorAll('[aria-busy]').forEach((key) => key.removeAttribute('aria-busy'));
    if (event.text) this.say(event.text, event.alert);
  }

  showTyping() {
    this.typing.textContent = `${this.state.bot.name} is typing`;
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 40;
    this.typing.hidden = false;
    if (atEnd) this.toEnd();
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { this.typing.hidden = true; }, 5000);
  }

  onKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  grow() {
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 110)}px`;
  }

  async send() {
    const text = this.field.value.trim();
    if (!text) return;
    const sent = await this.do('send_text', {chat_id: this.chat, text, reply_to: this.replyTo});
    if (sent === null) return;
    this.field.value = '';
    this.setReply(null);
    this.grow();
  }

  setReply(message) {
    this.replyTo = message ? message.message_id : null;
    this.replyLine.hidden = !message;
    if (message) {
      this.replyLine.firstChild.textContent = `Answering: ${summary(message)}`;
      this.field.focus();
    }
  }

  choose(chat) {
    this.chat = chat;
    this.unread.delete(chat);
    this.sheet.close();
    this.typing.hidden = true;
    this.draw();
  }

  drawTabs() {
    const chats = [[this.me, this.state.bot.name], ...this.state.groups.map((one) => [one.id, one.title])];
    if (!chats.some(([id]) => id === this.chat)) this.chat = this.me;
    this.tabs.replaceChildren(...chats.map(([id, name]) => {
      const count = this.unread.get(id) || 0;
      return el('button', {type: 'button', role: 'tab', 'aria-selected': String(id === this.chat),
        tabindex: id === this.chat ? 0 : -1, onclick: () => { this.choose(id); this.focusTab(); },
        onkeydown: (event) => this.tabKey(event, chats)},
        el('span', {class: 'label'}, name), count > 0 && el('span', {class: 'count'}, String(count), el('span', {class: 'unseen'}, ' unread')));
    }));
  }

  focusTab() { this.tabs.querySelector('[aria-selected="true"]').focus(); }

  tabKey(event, chats) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const at = chats.findIndex(([id]) => id === this.chat);
    this.choose(chats[(at + step + chats.length) % chats.length][0]);
    this.focusTab();
  }

  drawFoot() {
    const big = (text, chosen) => button(text, chosen, {class: 'main wide'});
    const group = this.group;
    if (group && !this.isMember(group)) {
      const waiting = group.requests.includes(this.me);
      this.foot.replaceChildren(waiting
        ? el('p', {class: 'note'}, 'You have asked to join.')
        : big('Ask to join', () => this.do('request_to_join', {group_id: group.id})));
    } else if (group && group.muted.includes(this.me)) {
      this.foot.replaceChildren(el('p', {class: 'note'}, 'You may not write in this group at the moment.'));
    } else if (!group && this.record.blocked) {
      this.foot.replaceChildren(big('Unblock', () => this.do('unblock_bot')));
    } else if (!group && !this.record.started && !this.store.messages(this.me).size) {
      this.foot.replaceChildren(big('Start', () => this.do('press_start')));
    } else if (!this.foot.contains(this.field) || this.footChat !== this.chat) {
      this.replyLine = el('div', {class: 'reply-line', hidden: true}, el('span'),
        button('×', () => this.setReply(null), {class: 'close', 'aria-label': 'Do not answer this message'}));
      this.replyTo = null;
      this.foot.replaceChildren(this.replyLine, el('div', {class: 'write'},
        button('+', () => attachMenu(this), {class: 'icon', 'aria-label': 'Attach'}),
        !group && button('/', () => commandMenu(this), {class: 'icon', 'aria-label': 'Commands'}),
        this.field,
        button('➤', () => this.send(), {class: 'icon send', 'aria-label': 'Send'})));
    }
    this.footChat = this.foot.contains(this.field) ? this.chat : null;
  }

  drawMessages() {
    const group = this.group;
    if (group && !this.isMember(group)) {
      this.list.replaceChildren(el('li', {class: 'service'}, 'You are not in this group.'));
      return;
    }
    const known = [...this.store.messages(this.chat).values()];
    if (!known.length && !group) {
      this.list.replaceChildren(el('li', {class: 'welcome'}, el('strong', {}, this.state.bot.name),
        el('span', {}, this.state.bot.description || 'What can this bot do? Press Start to find out.')));
      return;
    }
    this.list.replaceChildren(...known.map((message) => bubble(message, this.me, Boolean(group), this.on)));
    this.toEnd();
  }

  toEnd() { this.list.scrollTop = this.list.scrollHeight; }

  draw() { this.drawTabs(); this.drawMessages(); this.drawFoot(); this.toEnd(); }

  onMessage(message) {
    const group = this.state.groups.find((one) => one.id === message.chat.id);
    if (group && !this.isMember(group)) return;
    const mine = message.from && message.from.id === this.me;
    if (message.chat.id !== this.chat) {
      if (!mine && !message.service) {
        this.unread.set(message.chat.id, (this.unread.get(message.chat.id) || 0) + 1);
        this.drawTabs();
      }
      return;
    }
    if (!mine) this.typing.hidden = true;
    if (this.list.querySelector('.welcome')) this.list.replaceChildren();
    const drawn = bubble(message, this.me, Boolean(group), this.on);
    const already = this.list.querySelector(`[data-id="${message.message_id}"]`);
    if (already) already.replaceWith(drawn);
    else this.list.append(drawn);
    this.drawFoot();
    this.toEnd();
  }

  onEdit(message) {
    if (message.chat.id !== this.chat) return;
    const at = this.list.querySelector(`[data-id="${message.message_id}"]`);
    if (at) at.replaceWith(bubble(message, this.me, Boolean(this.group), this.on));
  }

  onDelete(chat, ids) {
    if (chat !== this.chat) return;
    for (const id of ids) this.list.querySelector(`[data-id="${id}"]`)?.remove();
  }
}
