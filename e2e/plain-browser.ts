import { type CheerioAPI, load } from 'cheerio';

/**
 * A browser of the plainest kind: pages, cookies, forms, no scripts. It finds a form by its button and a field by its
 * label, as people do, and says where a page is not what was expected.
 */
export class PlainBrowser {
  readonly origin: string;
  readonly #cookies = new Map<string, string>();
  readonly #headers: Record<string, string>;

  /** @param headers sent with every request, e.g. the address for which a proxy speaks */
  constructor(origin: string, headers: Record<string, string> = {}) {
    this.origin = origin;
    this.#headers = { 'Accept-Language': 'zh-CN', ...headers };
  }

  /** Follows redirects, also to other origins (WeChat's consent page). */
  open(path: string): Promise<PlainPage> {
    return this.#ask(new URL(path, this.origin), {});
  }

  async submit(page: PlainPage, button: string, fields: Record<string, string> = {}): Promise<PlainPage> {
    const { action, method, values } = page.formOf(button, fields);
    if (method === 'get') {
      action.search = values.toString();
      return this.#ask(action, {});
    }
    return this.#ask(action, {
      method: 'POST',
      body: values.toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: page.url.origin },
    });
  }

  /** The same for a form with a file. */
  upload(page: PlainPage, button: string, file: { name: string; bytes: Uint8Array<ArrayBuffer> }): Promise<PlainPage> {
    const { action, values } = page.formOf(button, {});
    const body = new FormData();
    for (const [name, value] of values) body.append(name, value);
    body.set(file.name, new Blob([file.bytes], { type: 'image/jpeg' }), 'photo.jpg');
    return this.#ask(action, { method: 'POST', body, headers: { Origin: page.url.origin } });
  }

  /** What is no page. */
  async bytes(path: string): Promise<ArrayBuffer> {
    const url = new URL(path, this.origin);
    const answer = await fetch(url, { headers: { ...this.#headers, Cookie: this.#cookiesFor(url) } });
    if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
    return answer.arrayBuffer();
  }

  /** What a real browser needs to go on from here. */
  cookies(): { name: string; value: string; url: string }[] {
    const { host } = new URL(this.origin);
    return [...this.#cookies]
      .filter(([key]) => key.startsWith(`${host} `))
      .map(([key, value]) => ({ name: key.slice(host.length + 1), value, url: this.origin }));
  }

  async #ask(url: URL, init: RequestInit): Promise<PlainPage> {
    let [at, how] = [url, init];
    for (let hop = 0; hop < 10; hop += 1) {
      const answer = await fetch(at, {
        ...how,
        redirect: 'manual',
        signal: AbortSignal.timeout(20_000),
        headers: { ...this.#headers, ...(how.headers as Record<string, string>), Cookie: this.#cookiesFor(at) },
      });
      this.#keepCookies(at, answer);
      const next = answer.headers.get('location');
      if (!next || answer.status < 300 || answer.status > 399) return new PlainPage(at, answer, await answer.text());
      await answer.body?.cancel();
      [at, how] = [new URL(next, at), {}];
    }
    throw new Error(`Too many redirects from ${url.pathname}`);
  }

  #cookiesFor(url: URL): string {
    return [...this.#cookies]
      .filter(([key]) => key.startsWith(`${url.host} `))
      .map(([key, value]) => `${key.split(' ')[1]}=${value}`)
      .join('; ');
  }

  #keepCookies(url: URL, answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(`${url.host} ${name}`, value);
    }
  }
}

export class PlainPage {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
  readonly $: CheerioAPI;

  constructor(url: URL, answer: Response, html: string) {
    this.url = url;
    this.status = answer.status;
    this.html = html;
    this.$ = load(html);
  }

  /** What a reader sees, in one line. */
  get text(): string {
    const body = this.$('body').clone();
    body.find('script, style, template').remove();
    return body.text().replace(/\s+/g, ' ').trim();
  }

  has(words: string): boolean {
    return this.text.includes(words);
  }

  /** Where the link with these words leads, as a path. */
  link(words: string): string {
    const found = this.$('a').filter((_, link) => this.$(link).text().replace(/\s+/g, ' ').includes(words));
    const href = found.attr('href');
    if (href === undefined) throw this.#unexpected(`no link "${words}"`);
    return href;
  }

  formOf(button: string, fields: Record<string, string>) {
    const { $ } = this;
    const pressed = this.#button(button);
    const owner = pressed.attr('form');
    const form = owner ? $(`form[id="${owner}"]`) : pressed.closest('form');
    if (form.length === 0) throw this.#unexpected(`the button "${button}" belongs to no form`);

    const values = new URLSearchParams();
    for (const { name, value } of form.serializeArray()) values.append(name, value);
    for (const [label, value] of Object.entries(fields)) values.set(this.#nameOf(label), this.#valueFor(label, value));
    const name = pressed.attr('name');
    if (name) values.set(name, pressed.attr('value') ?? '');
    const target = pressed.attr('formaction') ?? form.attr('action') ?? '';
    const action = new URL(target || this.url, this.url);
    return { action, method: (form.attr('method') ?? 'get').toLowerCase(), values };
  }

  /** The one that says exactly this, else the first that contains it. */
  #button(words: string) {
    const { $ } = this;
    const says = (one: Parameters<typeof $>[0]) =>
      ($(one).text() || $(one).attr('value') || '').replace(/\s+/g, ' ').trim();
    const all = $('button, input[type=submit]').toArray();
    const pressed = all.find((one) => says(one) === words) ?? all.find((one) => says(one).includes(words));
    if (!pressed) throw this.#unexpected(`no button "${words}"`);
    return $(pressed);
  }

  /** The options of the select with this label: text → value. */
  optionsOf(label: string): Map<string, string> {
    const { $ } = this;
    const options = $(`select[name="${this.#nameOf(label)}"] option`).toArray();
    return new Map(options.map((one) => [$(one).text().trim(), $(one).attr('value') ?? $(one).text().trim()]));
  }

  /** An option or a choice is named by its words, as a person picks it. */
  #valueFor(label: string, value: string): string {
    const { $ } = this;
    const name = this.#nameOf(label);
    if ($(`select[name="${name}"]`).length > 0) return this.optionsOf(label).get(value) ?? value;
    if ($(`[name="${name}"]`).is('[type=checkbox]')) return $(`[name="${name}"]`).attr('value') ?? 'on';
    if (!$(`[name="${name}"]`).is('[type=radio]')) return value;
    const chosen = $(`[name="${name}"]`).filter((_, one) => {
      const id = $(one).attr('id');
      const words = (id ? $(`label[for="${id}"]`).text() : '') || $(one).closest('label').text();
      return words.trim() === value;
    });
    return chosen.attr('value') ?? value;
  }

  /** A field's name: by its label, or as given when it is the name of a field itself. */
  #nameOf(label: string): string {
    const { $ } = this;
    if ($(`[name="${label}"]`).length > 0) return label;
    const labelled = $('label').filter((_, one) =>
      $(one)
        .text()
        .replace(/[\s*]+/g, '')
        .startsWith(label),
    );
    const target = labelled.attr('for');
    const field = target ? $(`[id="${target}"]`) : labelled.find('input, select, textarea');
    const name = field.attr('name');
    if (name === undefined) throw this.#unexpected(`no field "${label}"`);
    return name;
  }

  #unexpected(problem: string): Error {
    return new Error(`${this.url.pathname} (${this.status}): ${problem}; it says: ${this.text.slice(0, 600)}`);
  }
}
