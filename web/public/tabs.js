// The four tabs change without a page load. They are fetched beforehand: there is no network at many a gate.
(() => {
  const texts = new Map();
  const textOf = (address) => {
    if (!texts.has(address)) {
      const text = fetch(address).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)));
      texts.set(address, text);
      text.catch(() => texts.delete(address));
    }
    return texts.get(address);
  };
  // Two taps on a slow network: the last one counts, whichever answer comes first.
  let tapped;
  addEventListener('load', () => {
    setTimeout(() => {
      for (const tab of document.querySelectorAll('[data-tab]')) textOf(tab.dataset.tab).catch(() => {});
    }, 1000);
  });
  document.addEventListener('click', async (event) => {
    const tab = event.target.closest('[data-tab]');
    if (!tab) return;
    event.preventDefault();
    const guide = () => document.getElementById('guide');
    tapped = tab.dataset.tab;
    try {
      const text = await textOf(tab.dataset.tab);
      if (tapped !== tab.dataset.tab) return;
      guide().outerHTML = text;
      document.querySelector('#guide [aria-current]')?.focus({ preventScroll: true });
      history.replaceState(null, '', tab.href);
    } catch {
      if (tapped !== tab.dataset.tab) return;
      guide().querySelector('[role=status]').textContent = guide().dataset.fault;
    }
  });
})();
