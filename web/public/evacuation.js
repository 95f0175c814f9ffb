// Marks people as safe on this tablet at once, and tells the server as soon as there is a network. What waits is kept in the
// browser, each mark with an id of its own, so that sending it twice is one mark. What other tablets marked comes back.
(() => {
  const list = document.getElementById('people');
  if (!list) return;
  const { to, owner, waiting: waitingText, sent: sentText, lost: lostText, refused: refusedText, safe: safeText } = list.dataset;
  const status = document.getElementById('sending');
  const most = 100;
  let sending = false;
  /** Nobody is logged in any more, or somebody else: asking again and again would change nothing. */
  let refused = false;

  const kept = () => JSON.parse(localStorage.getItem(to) ?? '[]');
  const keep = (marks) => localStorage.setItem(to, JSON.stringify(marks));
  const rowOf = (person) => list.querySelector(`[data-person="${CSS.escape(person)}"]`);

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  /** The words of a mark; nothing takes one back. */
  function draw(person, words) {
    const row = rowOf(person);
    const cell = row?.querySelector('.found');
    if (!cell) return;
    row.classList.add('is-safe');
    if (cell.textContent.trim() !== words) cell.textContent = words;
    const left = list.querySelectorAll('[data-person]:not(.is-safe)').length;
    document.getElementById('left').textContent = String(left);
  }

  function say(offline) {
    const { length } = kept();
    const text = refused ? refusedText : offline ? lostText : length > 0 ? waitingText : sentText;
    status.textContent = text.replace('#', String(length));
  }

  /** A server that is away, or busy, takes it later. */
  const isRefusal = ({ type, status }) =>
    type === 'opaqueredirect' || (status >= 400 && status < 500 && status !== 408 && status !== 429);

  async function send() {
    if (sending || refused) return;
    sending = true;
    const marks = kept().slice(0, most);
    try {
      const body = new URLSearchParams({ marks: JSON.stringify(marks) });
      const headers = { 'Form-Owner': owner, Accept: 'application/json' };
      const answer = await fetch(to, { method: 'POST', body, headers, redirect: 'manual' });
      refused = isRefusal(answer);
      if (!answer.ok) throw new Error('not taken');
      const { safe } = await answer.json();
      const taken = new Set(marks.map(({ id }) => id));
      keep(kept().filter(({ id }) => !taken.has(id)));
      for (const { person, words } of safe) draw(person, words);
      say(false);
    } catch {
      say(true);
    } finally {
      sending = false;
    }
  }

  list.addEventListener('submit', (event) => {
    const person = event.target.querySelector('[name=person]')?.value;
    if (!person) return;
    event.preventDefault();
    const place = document.getElementById('place').value.trim().slice(0, 40);
    const id = newId();
    keep([...kept(), { id, person, place, at: Date.now() }]);
    draw(person, place ? `${safeText} · ${place}` : safeText);
    say(false);
    void send();
  });

  for (const { person, place } of kept()) draw(person, place ? `${safeText} · ${place}` : safeText);
  say(false);
  addEventListener('online', () => void send());
  setInterval(() => void send(), 5_000);
  void send();
})();
