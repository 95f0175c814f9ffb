// Improves what works without it. No inline handlers, no eval: the content policy allows neither.
(() => {
  // A form that acts is sent once; coming back by the back button it may be sent again.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    if (!('once' in form.dataset)) return;
    form.dataset.sent = '1';
    event.submitter?.setAttribute('aria-busy', 'true');
  });
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) {
      delete form.dataset.sent;
      form.querySelector('[aria-busy]')?.removeAttribute('aria-busy');
    }
  });

  // On a slow network somebody types on while a part of the form is on its way: what they changed since stays theirs.
  const controlsOf = ({ sourceElement: { form } }) =>
    [...(form?.elements ?? [])].filter(({ name, type }) => name && type !== 'hidden' && type !== 'file');
  const keyOf = ({ name, type, value }) => (type === 'radio' || type === 'checkbox' ? `${name}=${value}` : name);
  const stateOf = ({ type, value, checked }) => (type === 'radio' || type === 'checkbox' ? checked : value);
  const statesOf = (ctx) => new Map(controlsOf(ctx).map((one) => [keyOf(one), stateOf(one)]));
  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    ctx.sent = statesOf(ctx);
  });
  document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
    ctx.typed = [...statesOf(ctx)].filter(([key, state]) => ctx.sent?.has(key) && ctx.sent.get(key) !== state);
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    const typed = new Map(ctx.typed);
    for (const one of controlsOf(ctx)) {
      const state = typed.get(keyOf(one));
      if (state === undefined || stateOf(one) === state) continue;
      if (typeof state === 'boolean') one.checked = state;
      // A list that does not offer it any more says so by what the server chose.
      else if (!one.options || [...one.options].some(({ value, disabled }) => value === state && !disabled)) {
        one.value = state;
      }
    }
  });

  // The next code may be asked for after a minute.
  for (const button of document.querySelectorAll('[data-wait]')) {
    const words = button.textContent;
    const end = Date.now() + Number(button.dataset.wait) * 1000;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${words} ${left}` : words;
      if (left > 0) setTimeout(tick, 500);
    };
    tick();
  }

  // After a refusal the first wrong field is where the reader goes on. A modal takes the reader to itself; after a code was sent, it is typed next.
  const next = document.querySelector('[aria-invalid="true"], dialog[open], [data-next] [name="code"]');
  next?.focus();
})();
