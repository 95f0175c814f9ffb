// The reservation form: searches departments while typing, and keeps together what belongs together. It works without.
(() => {
  const form = document.getElementById('visit-form');
  if (!form) return;
  const { campus, department, reason, department_search: search } = form.elements;

  // An iPhone still offers an option that is only hidden: what does not fit is taken out, and comes back in its place.
  const whole = new Map();
  for (const select of [department, reason]) {
    whole.set(
      select,
      [...select.children].map((one) => ({ one, options: one.label && one.children ? [...one.children] : [] })),
    );
  }
  const offer = (select, fits) => {
    const { value } = select;
    const kept = [];
    let count = 0;
    for (const { one, options } of whole.get(select)) {
      if (one.localName === 'option') {
        if (one.value === '' || fits(one, one)) kept.push(one);
        if (one.value !== '' && kept.at(-1) === one) count += 1;
        continue;
      }
      const fitting = options.filter((option) => fits(option, one));
      one.replaceChildren(...fitting);
      count += fitting.length;
      if (fitting.length > 0) kept.push(one);
    }
    select.replaceChildren(...kept);
    select.value = value;
    if (select.selectedIndex < 0) select.value = '';
    return count;
  };

  const plain = (text) =>
    text.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '').normalize('NFKC').toLowerCase().trim();
  const status = form.querySelector('[data-found]');
  const hint = document.getElementById('field-department-hint');
  const usualHint = department.value ? '' : hint.textContent;
  const narrow = () => {
    const words = plain(search.value).split(/\s+/);
    const count = offer(department, (option, group) => {
      if (campus.value && group.dataset.campus !== campus.value) return false;
      const text = plain(`${group === option ? '' : group.label} ${option.textContent} ${option.dataset.words || ''}`);
      return words.every((word) => text.includes(word));
    });
    const searching = words[0] !== '';
    status.textContent = !searching ? '' : count ? status.dataset.found.replace('#', count) : status.dataset.none;
    if (searching && count === 1) department.value = department.querySelector('option:not([value=""])').value;
    chosen();
  };
  const chosen = () => {
    const [option] = department.selectedOptions;
    hint.textContent = option?.dataset.hint || usualHint;
    offer(reason, (_, group) => !group.dataset.department || group.dataset.department === department.value);
  };
  // Letters that an input method is still composing are no word yet.
  search.addEventListener('input', (event) => {
    if (!event.isComposing) narrow();
  });
  search.addEventListener('compositionend', narrow);
  search.addEventListener('keydown', (event) => {
    // While an input method is composing, Enter belongs to it.
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    department.focus();
  });
  form.querySelector('[data-find]').addEventListener('click', (event) => {
    event.preventDefault();
    narrow();
    department.focus();
  });
  campus.addEventListener('change', narrow);
  department.addEventListener('change', chosen);
  narrow();

  // The choice alone changes the person who visits. The times that are taken are that person's, so the form is drawn again.
  const change = document.getElementById('visiting-change');
  if (change) {
    change.hidden = true;
    form.elements.visiting.addEventListener('change', () => change.click());
  }
})();
