// A sheet that slides over the lower half of one phone: menus and small forms.

import {button, el} from './dom.js';

export class Sheet {
  constructor() {
    this.title = el('h3');
    this.body = el('div', {class: 'sheet-body'});
    this.element = el('div', {class: 'sheet', role: 'dialog', hidden: true},
      el('div', {class: 'sheet-head'}, this.title,
        button('×', () => this.close(), {class: 'close', 'aria-label': 'Close'})),
      this.body);
    this.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { event.stopPropagation(); this.close(); }
    });
  }

  open(title, ...content) {
    if (this.element.hidden) this.before = document.activeElement;
    this.title.textContent = title;
    this.element.setAttribute('aria-label', title);
    this.body.replaceChildren(...content.filter(Boolean));
    this.element.hidden = false;
    const first = this.body.querySelector('input, textarea, button') || this.element.querySelector('button');
    first.focus();
  }

  menu(title, items, before = null) {
    this.open(title, before, el('ul', {class: 'menu'}, ...items.filter(Boolean).map(([text, chosen, hint]) =>
      el('li', {}, button(text, async () => { this.close(); await chosen(); }),
        hint && el('span', {class: 'hint'}, hint)))));
  }

  form(title, label, value, action, sent, more = {}) {
    const field = el(more.long ? 'textarea' : 'input', {
      name: 'field', autocomplete: 'off', rows: more.long ? 3 : null, placeholder: more.placeholder,
    });
    field.value = value;
    const form = el('form', {onsubmit: async (event) => {
      event.preventDefault();
      this.close();
      await sent(field.value);
    }}, el('label', {}, label, field), el('button', {class: 'main'}, action));
    this.open(title, form);
    if (field.select) field.select();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    if (this.before && this.before.isConnected) this.before.focus();
  }
}
