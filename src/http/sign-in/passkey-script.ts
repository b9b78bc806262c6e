// The script by which a page makes and uses passkeys, as the browser is given it. It shows its buttons only where the browser can.

export const PASSKEY_SCRIPT = `'use strict';
(() => {
  const credential = window.PublicKeyCredential;
  if (!navigator.credentials || !credential?.parseRequestOptionsFromJSON || !credential.parseCreationOptionsFromJSON) return;
  const note = document.getElementById('passkey-note');
  const ask = async (path, body) => {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error((said.detail + ' ' + said.hint).trim());
    return said;
  };
  const offer = (id, act) => {
    const button = document.getElementById(id);
    if (!button) return;
    for (const hidden of document.querySelectorAll('.passkeys[hidden]')) hidden.hidden = false;
    button.addEventListener('click', async () => {
      button.disabled = true;
      note.hidden = true;
      try {
        location.assign(await act(button.dataset));
      } catch (error) {
        note.textContent = error.name === 'NotAllowedError' || error.name === 'AbortError'
          ? 'Nothing happened: the browser was told no, or waited for too long.'
          : error.name === 'InvalidStateError'
            ? 'This device has a passkey for you already.'
            : error.message;
        note.hidden = false;
      } finally {
        button.disabled = false;
      }
    });
  };
  offer('passkey-sign-in', async ({ base, to }) => {
    const { options } = await ask(base + '/sign-in/passkey-request', {});
    const made = await navigator.credentials.get({ publicKey: credential.parseRequestOptionsFromJSON(options) });
    const said = await ask(base + '/sign-in/passkey', { credential: made.toJSON(), to });
    return said.to;
  });
  offer('passkey-add', async ({ base, to }) => {
    const current = document.getElementById('current_password')?.value;
    const { options } = await ask(base + '/me/passkeys/options', current ? { current_password: current } : {});
    const made = await navigator.credentials.create({ publicKey: credential.parseCreationOptionsFromJSON(options) });
    await ask(base + '/me/passkeys', { credential: made.toJSON(), name: document.getElementById('passkey-name').value });
    return to;
  });
})();
`;
