// The panel that makes it go wrong.

import {getControl, setControl} from './api.js';

export async function startWrong() {
  const form = document.getElementById('wrong-form');
  const status = document.getElementById('wrong-status');
  const mark = document.getElementById('wrong-mark');

  const show = (control) => {
    const slow = String(control.slow);
    form.slow.value = [...form.slow.options].some((one) => one.value === slow) ? slow : '0';
    form.away.checked = control.away;
    form.limits.checked = control.limits;
    mark.hidden = !(control.slow || control.away || control.fail.length);
  };
  const set = async (wanted, words) => {
    try {
      show(await setControl(wanted));
      status.textContent = words;
    } catch (wrong) {
      status.textContent = wrong.message;
    }
  };

  form.addEventListener('submit', (event) => event.preventDefault());
  form.slow.addEventListener('change', () => set({slow: Number(form.slow.value)},
    Number(form.slow.value) ? `Telegram now takes ${form.slow.value} seconds to answer.` : 'Telegram answers at once.'));
  form.away.addEventListener('change', () => set({away: form.away.checked},
    form.away.checked ? 'Telegram is away: every call of the bot is cut off.' : 'Telegram is back.'));
  form.limits.addEventListener('change', () => set({limits: form.limits.checked},
    form.limits.checked ? 'The speed limits are on.' : 'The speed limits are off.'));
  form.querySelectorAll('[data-status]').forEach((one) => one.addEventListener('click', () => {
    const code = Number(one.dataset.status);
    set({fail: {method: 'sendMessage', status: code, times: 3, retry_after: code === 429 ? 5 : 0}},
      `The next 3 messages of the bot fail with ${code}.`);
  }));
  form.querySelector('[data-reset]').addEventListener('click', () => set({reset: true, limits: true}, 'Everything is right again.'));
  show(await getControl());
}
