// Passkeys: asks the browser to make one or to sign, and sends what it says as a form.
// <form id="passkey-form"> with <input type="hidden" name="credential">, and
// <script type="application/json" id="passkey-options" data-kind="create|get|autofill">.
// A button of the form that has a name (back, later) sends the form as it is.
(() => {
  const form = document.getElementById('passkey-form');
  const block = document.getElementById('passkey-options');
  if (!form || !block) return;
  const { kind, start } = block.dataset;
  const options = JSON.parse(block.textContent);
  const input = form.elements.namedItem('credential');
  const tell = (what) => {
    for (const element of document.querySelectorAll('[data-passkey]')) {
      element.hidden = element.dataset.passkey !== what;
    }
  };
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const listed = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const asked = () => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (kind === 'create') {
      publicKey.user = { ...options.user, id: bytes(options.user.id) };
      publicKey.excludeCredentials = listed(options.excludeCredentials);
    } else {
      publicKey.allowCredentials = listed(options.allowCredentials);
    }
    return publicKey;
  };
  const told = (credential) => {
    const { response } = credential;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    for (const name of ['attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (response[name]) said[name] = text(response[name]);
    }
    if (response.getTransports) said.transports = response.getTransports();
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: said,
      authenticatorAttachment: credential.authenticatorAttachment || undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  };
  let waiting = null;
  const run = async (more) => {
    if (waiting) waiting.abort();
    const mine = new AbortController();
    waiting = mine;
    const request = { publicKey: asked(), signal: mine.signal, ...more };
    try {
      const credential = await (kind === 'create'
        ? navigator.credentials.create(request)
        : navigator.credentials.get(request));
      input.value = told(credential);
      form.submit();
    } catch (error) {
      if (mine.signal.aborted || more.mediation) return;
      tell(error.name === 'InvalidStateError' ? 'exists' : 'failed');
    }
  };
  if (!window.PublicKeyCredential) {
    if (kind !== 'autofill') tell('unsupported');
    else form.hidden = true;
    return;
  }
  form.hidden = false;
  form.addEventListener('submit', (event) => {
    if (event.submitter && event.submitter.name) return;
    event.preventDefault();
    tell('');
    run({});
  });
  if (kind === 'autofill' && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then((can) => {
      if (can && !waiting) run({ mediation: 'conditional' });
    });
  } else if (start === 'now') {
    run({});
  }
})();
