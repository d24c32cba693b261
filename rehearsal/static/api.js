// Talking to the emulator: state, messages, acts, and the one stream of events.

async function asked(path, options) {
  const answer = await fetch(path, options);
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || 'That did not work.');
  return body;
}

const post = (path, body) => asked(path, {
  method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
});

export const getState = () => asked('/phones/state');
export const getMessages = (user, chat) => asked(`/phones/${user}/chats/${chat}/messages`);
export const act = (user, name, more = {}) => post(`/phones/${user}/acts`, {act: name, ...more});
export const getControl = () => asked('/control');
export const setControl = (wanted) => post('/control', wanted);

export function listen(after, onEvent, onTouch) {
  // The browser reconnects by itself and says which event it saw last.
  const source = new EventSource(`/phones/events?after=${after}`);
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  source.onopen = () => onTouch(true);
  source.onerror = () => onTouch(false);
  return source;
}
