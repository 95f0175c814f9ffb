// A later start takes the end along, by the same length, and what is over today cannot be chosen, by the server's clock
// (data-window); the forms of a visit and of its change.
(() => {
  const form = document.querySelector('form[data-window]');
  if (!form?.elements.from_day) return;
  const part = (name) => form.elements[name];
  const at = (end, time = part(`${end}_time`).value) => {
    const [hours, minutes] = time.split(':').map(Number);
    return Date.parse(`${part(`${end}_day`).value}T00:00Z`) + (hours * 60 + minutes) * 60000;
  };
  const pick = (select, value) => {
    const option = [...select.options].find((one) => one.value === value && !one.disabled);
    if (option) option.selected = true;
    return Boolean(option);
  };
  const { window: now, past } = form.dataset;
  const loaded = Number(now) + 28800000 - performance.now();
  // A visit may begin with the quarter of an hour that is running. What is chosen stays: else it would not be sent.
  const closePast = () => {
    for (const end of ['from', 'until']) {
      for (const option of part(`${end}_time`).options) {
        const over = at(end, option.value) + (end === 'from') * 900000 <= loaded + performance.now();
        option.disabled = over && !option.selected;
        option.text = option.text.replace(past, '') + (option.disabled ? past : '');
      }
    }
  };
  closePast();
  form.addEventListener('focusin', closePast);
  let length = at('until') - at('from');
  form.addEventListener('change', ({ target: { name } }) => {
    setTimeout(closePast);
    if (name === 'until_day' || name === 'until_time') length = at('until') - at('from');
    if ((name !== 'from_day' && name !== 'from_time') || !(length > 0) || Number.isNaN(at('from'))) return;
    const [day, time] = new Date(at('from') + length).toISOString().slice(0, 16).split('T');
    if (time === '00:00' && pick(part('until_time'), '24:00')) {
      return pick(part('until_day'), new Date(at('from') + length - 1).toISOString().slice(0, 10));
    }
    if (pick(part('until_time'), time)) pick(part('until_day'), day);
  });
})();
