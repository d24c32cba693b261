// A message's text with its entities. Telegram counts in UTF-16 units, as JavaScript does.

import {button, el} from './dom.js';

const TAGS = {
  bold: 'strong', italic: 'em', underline: 'u', strikethrough: 's', code: 'code', pre: 'pre',
  blockquote: 'blockquote', expandable_blockquote: 'blockquote',
};
const TELEGRAM = /^(https?:\/\/)?(www\.)?(t|telegram)\.me\//i;

function link(url, on) {
  if (TELEGRAM.test(url)) return button('', () => on.open(url), {class: 'inline-link'});
  const href = /^https?:\/\//i.test(url) ? url : `http://${url}`;
  return el('a', {href, target: '_blank', rel: 'noopener noreferrer'});
}

function wrapper(entity, text, on) {
  if (TAGS[entity.type]) return el(TAGS[entity.type]);
  switch (entity.type) {
    case 'url': return link(text, on);
    case 'text_link': return link(entity.url, on);
    case 'email': return el('a', {href: `mailto:${text}`});
    case 'phone_number': return el('a', {href: `tel:${text.replace(/[^+\d]/g, '')}`});
    case 'bot_command': return button('', () => on.command(text), {class: 'inline-link'});
    case 'spoiler': {
      const hidden = button('', () => {
        hidden.classList.remove('hidden');
        hidden.setAttribute('aria-expanded', 'true');
        hidden.removeAttribute('aria-label');
      }, {class: 'spoiler hidden', 'aria-expanded': 'false', 'aria-label': 'Hidden words. Press to show.'});
      return hidden;
    }
    case 'mention': case 'hashtag': case 'text_mention': return el('span', {class: 'mention'});
    default: return null;
  }
}

export function words(text, entities, on) {
  const sorted = [...(entities || [])].sort((a, b) => a.offset - b.offset || b.length - a.length);
  const fill = (parent, from, to, inside) => {
    let at = from;
    for (let i = 0; i < inside.length; i++) {
      const entity = inside[i];
      const start = Math.max(entity.offset, at);
      const end = Math.min(entity.offset + entity.length, to);
      if (end <= start) continue;
      parent.append(text.slice(at, start));
      const within = [];
      while (i + 1 < inside.length && inside[i + 1].offset < end) within.push(inside[++i]);
      const wrapped = wrapper(entity, text.slice(start, end), on) || parent;
      fill(wrapped, start, end, within);
      if (wrapped !== parent) parent.append(wrapped);
      at = end;
    }
    parent.append(text.slice(at, to));
    return parent;
  };
  return fill(el('div', {class: 'words'}), 0, text.length, sorted);
}
