// Keeps the pass on the screen alive. Where the browser can, the pass is bound to this phone: a key pair that cannot leave
// it signs every time step, without a network. Elsewhere the server renews it. Both end in what a gate reads.
(() => {
  let standing = document.getElementById('standing');
  if (!standing) return;
  const { pass, part, encoder } = standing.dataset;
  const stepOf = (at) => Math.floor(at / 30_000);
  // How far the server's clock is ahead of this phone's.
  const [loaded] = performance.getEntriesByType('navigation');
  let ahead = Number(standing.dataset.now) - performance.timeOrigin - (loaded?.responseStart ?? performance.now());
  const now = () => Date.now() + ahead;

  /** What this phone shows by itself: the pass's bytes, their digest, the key; undefined while the server renews. */
  let bound;
  let encode;
  const canBind = Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);
  let mayBind = canBind;
  let shown = stepOf(now());
  let asked = Date.now();
  // When it last stood otherwise.
  let since = Date.now();

  const find = (selector) => standing.querySelector(selector);
  const isLive = () => 'live' in standing.dataset;

  // One key a pass, in this browser only; not even this script can read its private half.
  function keys(mode, act) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open('passes', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const work = opening.result.transaction('keys', mode);
        const asked = act(work.objectStore('keys'));
        work.oncomplete = () => resolve(asked.result);
        work.onabort = () => reject(work.error);
        opening.result.onversionchange = () => opening.result.close();
      };
    });
  }
  const ownKey = () => keys('readonly', (store) => store.get(pass));

  async function makeKey() {
    const kind = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(kind, false, ['sign']);
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
    const key = { privateKey, point: Uint8Array.of(2 + (point[64] & 1), ...point.subarray(1, 33)) };
    await keys('readwrite', (store) => store.put(key, pass));
    return key;
  }

  /** Asks for the next version of the pass, good with this phone's key only. The same request until it is answered. */
  async function bind(tapped) {
    mayBind = false;
    const key = (await ownKey()) ?? (await makeKey());
    const body = new URLSearchParams({ key: btoa(String.fromCharCode(...key.point)), request: newId() });
    if (tapped) body.set('anyway', 'yes');
    const headers = standing.dataset.owner ? { 'Form-Owner': standing.dataset.owner } : {};
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await fetch(`/passes/${pass}/bindings`, { method: 'POST', body, headers });
      // 409: paper of it was made meanwhile, and the page says so.
      if (answer.status === 201 || answer.status === 409) return refresh();
      if (answer.status !== 202) return;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
  }

  /** Whose pass the page holds now: this phone's, another phone's, or one that the server renews. */
  async function settle(opened) {
    bound = undefined;
    if (!isLive()) return keys('readwrite', (store) => store.delete(pass));
    const { token } = standing.dataset;
    const key = token && (await ownKey());
    const bytes = token && Uint8Array.from(atob(token), (character) => character.charCodeAt(0));
    if (key?.point.every((byte, at) => byte === bytes[48 + at])) {
      encode ??= (await import(encoder)).encode;
      bound = { bytes, key, digest: new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)) };
      for (const one of standing.querySelectorAll('[data-where]')) one.hidden = one.dataset.where !== 'here';
      return show();
    }
    // Another phone took it over meanwhile: two open pages do not take it from each other in turns. Nor does a phone
    // take it unasked from somebody who stands at a gate with paper.
    if ((token && !opened) || standing.dataset.printed) return offerHere();
    if (mayBind) await bind();
  }

  function offerHere() {
    const offer = find('[data-bind]');
    if (!offer || !canBind) return;
    offer.hidden = false;
    offer.querySelector('button').addEventListener('click', () => bind(true).catch(() => {}), { once: true });
  }

  async function show() {
    const { bytes, key, digest } = bound;
    shown = stepOf(now());
    const step = new Uint8Array(4);
    new DataView(step.buffer).setUint32(0, shown);
    const message = Uint8Array.of(...new TextEncoder().encode('xm-bound'), ...digest, ...step);
    const kind = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = new Uint8Array(await crypto.subtle.sign(kind, key.privateKey, message));
    draw(`XM1:${base45(Uint8Array.of(...bytes, ...step, ...signature))}`);
  }

  function base45(bytes) {
    const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
    let text = '';
    for (let at = 0; at < bytes.length; at += 2) {
      const pair = at + 1 < bytes.length;
      let number = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
      for (let left = pair ? 3 : 2; left > 0; left -= 1) {
        text += digits[number % 45];
        number = Math.floor(number / 45);
      }
    }
    return text;
  }

  function draw(text) {
    const { data, size } = encode(text, { ecc: 'L', border: 2 });
    const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? `M${x} ${y}h1v1h-1z` : [])));
    const qr = find('.qr');
    qr.hidden = false;
    qr.dataset.text = text;
    qr.dataset.bound = '';
    qr.innerHTML = `<svg viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${dark.join('')}"/></svg>`;
    // Its warning counts from here again.
    const stale = find('.pass__stale');
    stale?.replaceWith(stale.cloneNode(true));
  }

  /** How it stands at the server: a change, a cancellation, gates that are ready. Without a network nothing changes. */
  async function refresh() {
    asked = Date.now();
    const sent = asked;
    const answer = await fetch(part).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = page.getElementById('standing');
    if (!next) return;
    ahead = Number(next.dataset.now) - (sent + Date.now()) / 2;
    if (bound && next.dataset.state === standing.dataset.state) return;
    if (next.dataset.state !== standing.dataset.state) since = Date.now();
    standing.replaceWith(next);
    standing = next;
    await settle(false).catch(() => {});
  }

  function tick() {
    if (!isLive()) return;
    const clock = find('[data-clock]');
    if (clock) clock.textContent = new Date(now() + 8 * 3_600_000).toISOString().slice(11, 19);
    // A gate that is about to be ready is asked for sooner; one that does not answer, no longer so often.
    const soon = Date.now() - since < 60_000 ? 1400 : 5000;
    if ('waiting' in standing.dataset && Date.now() - asked > soon) refresh();
    if (stepOf(now()) === shown) return;
    shown = stepOf(now());
    if (bound && now() < Number(standing.dataset.until)) show();
    refresh();
  }
  setInterval(tick, 500);
  addEventListener('pageshow', ({ persisted }) => persisted && refresh());
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  settle(true).catch(() => {});
  navigator.wakeLock?.request('screen').catch(() => {});
})();
