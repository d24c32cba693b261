// The sheets of a phone: attach, commands, one message, the phone itself.

import {button, el} from './dom.js';
import {summary} from './bubble.js';

const EMOJI = ['👍', '❤', '😢', '🙏', '😁'];

export function attachMenu(phone) {
  const chat_id = phone.chat;
  const withWords = (title, name) => () => phone.sheet.form(title, 'Words with it (may be empty)', '', 'Send',
    (caption) => phone.do(name, {chat_id, caption}));
  phone.sheet.menu('Send something made up', [
    ['Photo', withWords('Photo', 'send_photo')],
    ['Several photos', withWords('Several photos', 'send_album')],
    ['Voice message', () => phone.do('send_voice', {chat_id})],
    ['Video', withWords('Video', 'send_video')],
    ['File', withWords('File', 'send_document')],
    ['Sticker', () => phone.do('send_sticker', {chat_id})],
    ['My contact', () => phone.do('send_contact', {chat_id})],
    ['Where I am', () => phone.do('send_location', {chat_id})],
    ['Poll', () => phone.sheet.form('Poll', 'Question', 'When shall we meet?', 'Send',
      (question) => phone.do('send_poll', {chat_id, question}))],
  ]);
}

export function commandMenu(phone) {
  const commands = phone.state.bot.commands;
  if (!commands.length) return phone.say('The bot has set no commands.');
  return phone.sheet.menu('Commands', commands.map((one) =>
    [`/${one.command}`, () => phone.do('send_text', {chat_id: phone.chat, text: `/${one.command}`}), one.description]));
}

export function messageMenu(phone, message) {
  const about = {chat_id: message.chat.id, message_id: message.message_id};
  const mine = message.from.id === phone.me;
  const group = phone.group;
  const mayDelete = mine || !group || ['creator', 'administrator'].includes(group.members[phone.me]);
  const chosen = (message.reactions || {})[phone.me];
  const faces = el('div', {class: 'faces', role: 'group', 'aria-label': 'React'}, ...EMOJI.map((emoji) =>
    button(emoji, async () => {
      phone.sheet.close();
      await phone.do('react', {...about, emoji: chosen === emoji ? '' : emoji});
    }, {'aria-pressed': String(chosen === emoji), 'aria-label': `React with ${emoji}`})));
  const others = phone.state.groups.filter((one) => phone.isMember(one) && one.id !== message.chat.id)
    .map((one) => [one.id, one.title]);
  if (message.chat.id !== phone.me) others.unshift([phone.me, phone.state.bot.name]);
  phone.sheet.menu(`“${summary(message)}”`, [
    ['Answer', () => phone.setReply(message)],
    mine && (message.text || message.caption) && !message.forward_origin && ['Change', () => phone.sheet.form(
      'Change your message', 'Your words', message.text || message.caption, 'Save',
      (text) => phone.do('edit', {...about, text}), {long: true})],
    mayDelete && ['Delete for everyone', () => phone.do('delete_own', about)],
    ...others.map(([id, name]) => [`Forward to ${name}`, () => phone.do('forward', {...about, to_chat_id: id})]),
    !mine && message.from.is_bot && ['Press a button it does not have', () => phone.sheet.form(
      'A forged press', 'Data (1 to 64 bytes)', '', 'Press',
      (callback_data) => phone.do('tap', {...about, callback_data}))],
  ], faces);
}

function ownerItems(phone, group) {
  const group_id = group.id;
  const status = group.bot.status;
  const name = phone.state.bot.name;
  const nameOf = (id) => (phone.state.people.find((one) => one.id === Number(id)) || {name: `Person ${id}`}).name;
  const here = Object.keys(group.members).map(Number)
    .filter((id) => id !== phone.me && id !== phone.state.bot.id)
    .filter((id) => ['administrator', 'member', 'restricted'].includes(group.members[id]));
  const away = phone.state.people.filter((one) => one.id !== phone.me && !here.includes(one.id));
  return [
    ...group.requests.map((id) => [`Let ${nameOf(id)} in`, () => phone.do('decide_request', {group_id, user_id: id})]),
    ...group.requests.map((id) => [`Turn ${nameOf(id)} down`,
      () => phone.do('decide_request', {group_id, user_id: id, approve: false})]),
    ['Make an invite link', async () => {
      const made = await phone.do('make_invite_link', {group_id});
      if (made) phone.sheet.form('Invite link', 'Open this on another phone', made, 'Done', () => {});
    }],
    ['Add somebody', () => phone.sheet.menu('Add', away.map((one) =>
      [one.name, () => phone.do('add_member', {group_id, user_id: one.id})]))],
    here.length && ['Remove somebody', () => phone.sheet.menu('Remove', here.map((id) =>
      [nameOf(id), () => phone.do('remove_member', {group_id, user_id: id})]))],
    status === 'administrator' && [`Take ${name}’s rights away`, () => phone.do('demote_bot', {group_id})],
    status === 'member' && [`Make ${name} an administrator`, () => phone.do('promote_bot', {group_id})],
    ['administrator', 'member'].includes(status)
      ? [`Remove ${name}`, () => phone.do('kick_bot', {group_id})]
      : [`Add ${name}`, () => phone.do('add_bot', {group_id})],
    group.type === 'group' && ['Turn into a supergroup', () => phone.do('upgrade_group', {group_id})],
  ];
}

export function phoneMenu(phone) {
  const group = phone.group;
  const name = phone.state.bot.name;
  const items = [
    ['Open a link or a code', () => phone.sheet.form('Open a link or a code', 'A t.me link, or the code after start=', '',
      'Open', (link) => phone.do('open_link', {link}), {placeholder: 'https://t.me/…'})],
    phone.record.blocked ? [`Unblock ${name}`, () => phone.do('unblock_bot')]
      : [`Block ${name}`, () => phone.do('block_bot')],
  ];
  if (group && phone.isMember(group)) {
    if (group.members[phone.me] === 'creator') items.push(...ownerItems(phone, group));
    else items.push(['Leave the group', () => phone.do('leave', {group_id: group.id})]);
  }
  phone.sheet.menu(`${phone.person.name}’s phone`, items);
}
