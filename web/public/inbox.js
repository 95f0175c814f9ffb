// The inbox by keyboard, and its number in the title. Everything it does can be done by mouse and without it.
(() => {
  const lines = () => [...document.querySelectorAll('#tasks .tasks__line > a')];
  const spot = (link) => {
    link?.focus();
    link?.scrollIntoView({ block: 'nearest' });
  };
  const place = () => {
    const all = lines();
    const here = all.findIndex((link) => link.parentElement.contains(document.activeElement));
    return here >= 0 ? here : all.findIndex((link) => link.hasAttribute('aria-current'));
  };
  const move = (step) => {
    const all = lines();
    const here = place();
    spot(all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)]);
  };
  const tick = () => {
    const box = lines()[place()]?.parentElement.querySelector('input[type=checkbox]');
    if (box) box.checked = !box.checked;
  };
  // Takes the reader to the button; pressing it is theirs to do.
  const lead = (verdict) => {
    const form = document.querySelector('form[action$="/decision"]');
    if (!form) return lines()[place()]?.click();
    const reason = form.elements.refused_for ?? form.elements.reason;
    const button = form.querySelector(`[name=verdict][value=${verdict}]`);
    const goal = verdict === 'rejected' && reason && reason.value.trim() === '' ? reason : button;
    goal?.scrollIntoView({ block: 'center' });
    goal?.focus();
  };
  const help = () => {
    const keys = document.getElementById('keys');
    if (keys && !keys.open) keys.showModal();
  };
  const acts = new Map([
    ['j', () => move(1)],
    ['k', () => move(-1)],
    ['x', tick],
    ['a', () => lead('approved')],
    ['r', () => lead('rejected')],
    ['?', help],
  ]);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest('input:not([type=checkbox]), textarea, select, dialog, [contenteditable]')) return;
    const act = acts.get(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // What came meanwhile counts in the title, which the list does not hold.
  const words = document.title.replace(/^\(\d+\) /, '');
  document.addEventListener('htmx:after:swap', () => {
    const total = Number(document.getElementById('tasks')?.dataset.total ?? 0);
    document.title = total > 0 ? `(${total}) ${words}` : words;
  });
})();
