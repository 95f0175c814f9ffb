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

  // Kept by the browser and shown again: what it shows may be over, or nobody's who is still signed in.
  addEventListener('pageshow', async ({ persisted }) => {
    const place = document.querySelector('.head__lang [name="return"]')?.value;
    if (!persisted || !place || !document.querySelector('form[action$="/sign-out"]')) return;
    document.body.hidden = true;
    // Without a network nothing is asked; what was typed and not sent stays where its owner is still signed in.
    const answer = await fetch(place, { redirect: 'manual' }).catch(() => undefined);
    if (answer && (!answer.ok || !typedInto)) location.replace(place);
    else document.body.hidden = false;
  });

  // On a slow network somebody chooses on while a part of the form is on its way: that stays, where it is still offered.
  const listsOf = (ctx) => [...(ctx.sourceElement.form?.querySelectorAll('select') ?? [])];
  document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
    ctx.sent = new Map(listsOf(ctx).map(({ name, value }) => [name, value]));
  });
  document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
    ctx.since = listsOf(ctx).flatMap(({ name, value }) => (ctx.sent?.get(name) === value ? [] : [[name, value]]));
  });
  document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
    for (const [name, value] of ctx.since ?? []) {
      const { options = [] } = ctx.sourceElement.form?.elements[name] ?? {};
      for (const option of options) if (option.value === value && !option.disabled) option.selected = true;
    }
  });

  // Releases go on while a page is open. One that is too old for the next part says so, and is loaded anew with what was typed.
  const release = document.querySelector('meta[name="release"]')?.content;
  let typedInto;
  document.addEventListener('input', ({ target }) => {
    typedInto = target.form ?? typedInto;
  });
  document.addEventListener('htmx:config:request', ({ detail: { ctx } }) => {
    if (release) ctx.request.headers['Page-Release'] = release;
  });
  document.addEventListener('htmx:response:error', ({ detail: { ctx } }) => {
    if (!ctx.response.headers.get('Page-Too-Old') || document.querySelector('[data-anew]')) return;
    document.querySelector('main')?.insertAdjacentHTML('afterbegin', ctx.text);
    document.querySelector('[data-anew]')?.focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (!('anew' in target.dataset)) return;
    if (!typedInto?.elements.form_path) return location.reload();
    drawAnew(typedInto);
  });
  const drawAnew = (form) => {
    const again = Object.assign(document.createElement('input'), { type: 'hidden', name: 'form_again', value: 'yes' });
    form.append(again);
    HTMLFormElement.prototype.submit.call(form);
  };
  // Language and care mode change the page, not what was typed into it.
  document.addEventListener('submit', async (event) => {
    const { target: choice, submitter } = event;
    if (!choice.matches('.head__lang') || !typedInto?.isConnected || !typedInto.elements.form_path) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(choice));
    body.set(submitter.name, submitter.value);
    await fetch(choice.action, { method: 'POST', body, redirect: 'manual' }).catch(() => {});
    drawAnew(typedInto);
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
