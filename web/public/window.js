// A later start takes the end along, by the same length; the forms of a visit and of its change.
(() => {
  const form = document.querySelector('form[data-window]');
  if (!form?.elements.from_day) return;
  const part = (name) => form.elements[name];
  const at = (end) => {
    const [hours, minutes] = part(`${end}_time`).value.split(':').map(Number);
    return Date.parse(`${part(`${end}_day`).value}T00:00Z`) + (hours * 60 + minutes) * 60000;
  };
  const pick = (select, value) => {
    const option = [...select.options].find((one) => one.value === value && !one.disabled);
    if (option) option.selected = true;
    return Boolean(option);
  };
  let length = at('until') - at('from');
  form.addEventListener('change', ({ target: { name } }) => {
    if (name === 'until_day' || name === 'until_time') length = at('until') - at('from');
    if ((name !== 'from_day' && name !== 'from_time') || !(length > 0) || Number.isNaN(at('from'))) return;
    const [day, time] = new Date(at('from') + length).toISOString().slice(0, 16).split('T');
    if (time === '00:00' && pick(part('until_time'), '24:00')) {
      return pick(part('until_day'), new Date(at('from') + length - 1).toISOString().slice(0, 10));
    }
    if (pick(part('until_time'), time)) pick(part('until_day'), day);
  });
})();
