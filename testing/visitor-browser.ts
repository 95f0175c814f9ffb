import { type CheerioAPI, load } from 'cheerio';
import supertest from 'supertest';
import { pageAgent } from './page-agent.ts';

/** Where pages and the sandbox's phone are; a System is one. */
interface Served {
  web: string;
  sandbox: string;
}

export interface PersonForm {
  name: string;
  sex: string;
  phone: string;
  document_type: string;
  document_number: string;
  plate: string;
  unit: string;
}

let people = 0;

/** A browser of one visitor, without scripts: keeps cookies, sends its origin, has an address of its own. */
export class VisitorBrowser {
  readonly agent;
  readonly phone: string;
  readonly person: PersonForm;
  readonly #served: Served;

  constructor(served: Served, { phone, language = 'zh-CN' }: { phone?: string; language?: string } = {}) {
    people += 1;
    this.#served = served;
    this.phone = phone ?? `1390000${String(people).padStart(4, '0')}`;
    this.person = {
      name: '欧阳小满',
      sex: 'male',
      phone: this.phone,

      document_type: 'resident_id',
      document_number: '110199200001019010',
      plate: '京A12345',
      unit: '示例公司',
    };
    this.agent = pageAgent(served.web).set({
      Origin: served.web,
      'X-Forwarded-For': `10.1.${people >> 8}.${people & 255}`,
      'Accept-Language': language,
    });
  }

  async page(path: string, status = 200): Promise<CheerioAPI> {
    return load((await this.agent.get(path).expect(status)).text);
  }

  /** @returns the answer, of any status */
  post(path: string, form: Record<string, string> = {}) {
    return this.agent.post(path).type('form').send(form);
  }

  async askForCode(phone = this.phone): Promise<string> {
    await this.post('/register/code', { phone }).expect(200);
    return newestCode(this.#served, phone);
  }

  /** Registers, or signs in. @returns where it leads */
  async register(phone = this.phone): Promise<string> {
    const code = await this.askForCode(phone);
    const agree = (await this.page('/register'))('[name=agree]').attr('value') ?? '';
    const answer = await this.post('/register', { phone, code, agree }).expect(303);
    // As a person does, who posts nothing before a page is there.
    await this.page('/privacy');
    return String(answer.headers.location);
  }

  async agree(): Promise<void> {
    const notice = (await this.page('/consent'))('[name=notice]').attr('value') ?? '';
    await this.post('/consent', { notice, answer: 'agree' }).expect(303);
  }

  /** Registered, agreed, 完善个人信息 done. */
  async settle(): Promise<this> {
    await this.register();
    await this.agree();
    await this.post('/profile', { ...this.person }).expect(303);
    return this;
  }

  /** The form's values as the page offers them, the first of every choice taken. */
  async visitForm(channel: 'personal' | 'official' = 'personal'): Promise<Record<string, string>> {
    const $ = await this.page(`/reservations/new?channel=${channel}`);
    const values = Object.fromEntries(
      $('form[action="/reservations"]')
        .serializeArray()
        .map((one) => [one.name, one.value]),
    );
    for (const name of ['campus', 'department', 'reason']) {
      values[name] = $(`select[name=${name}] option[value!=""]`).first().attr('value') ?? '';
    }
    return { ...values, ...(channel === 'personal' ? { host: '王建国' } : {}) };
  }
}

/** The newest code on the sandbox's phone. */
export async function newestCode({ sandbox }: Served, phone: string): Promise<string> {
  const sent = await codesSent({ sandbox }, phone);
  const newest = sent.at(-1);
  if (!newest) throw new Error('No code was sent to this phone');
  return newest;
}

/** The newest text on the sandbox's phone, as it is read there. */
export async function newestText({ sandbox }: Pick<Served, 'sandbox'>, phone: string): Promise<string> {
  const { body } = await supertest(sandbox).get('/inspect/sms').query({ phone }).expect(200);
  const messages: { text: string; at: string }[] = body;
  return messages.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1)?.text ?? '';
}

/** Every code that reached the sandbox's phone, oldest first. */
export async function codesSent({ sandbox }: Pick<Served, 'sandbox'>, phone: string): Promise<string[]> {
  const { body } = await supertest(sandbox).get('/inspect/sms').query({ phone }).expect(200);
  const messages: { values: string[]; at: string }[] = body;
  return messages
    .toSorted((a, b) => a.at.localeCompare(b.at))
    .flatMap(({ values }) => values.slice(0, 1))
    .filter((value) => /^\d{6}$/.test(value));
}
