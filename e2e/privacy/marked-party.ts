import { checkDigit } from '../../domain/identity-number.ts';
import { fromQrText, passLength } from '../../domain/pass-token.ts';
import { passesOfReservation, readCredentials } from '../../store/passes/pass.ts';
import { readVisitCode } from '../../store/passes/visit-code.ts';
import { noise } from '../../testing/photographs.ts';
import type { System } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { aVisitor, controlsOf, type Visitor } from '../people.ts';
import type { PlainBrowser, PlainPage } from '../plain-browser.ts';
import * as plainly from '../plain-walk.ts';
import { SandboxPhones } from '../sandbox-phone.ts';
import type { Marker } from './markers.ts';

/** Who comes along with the marked visitor, and what the visitor shows of themself: photographs and plates. */

const document = (number: string) => number + checkDigit(number);
const declared = {
  name: '上官标记同伴',
  phone: '13987650422',
  unit: '标记同伴研究室',
  document: document('11019919660203023'),
};
const child = { name: '诸葛标记小童', document: document('11019920180512045') };
const guardian = { name: '端木标记监护', phone: '13987650423' };
/** Joins by a link, with an account and a pass of their own. */
const invited: Visitor = {
  ...aVisitor(1),
  name: '司马标记受邀',
  sex: '女',
  phone: '13987650424',
  contact: '13987650424',

  document: document('11019919910911068'),
  plate: '冀B3C5D7',
  unit: '标记受邀工作室',
};
const morePlates = ['冀C1D2E3', '冀D88888'];

/** A piece that occurs nowhere else: bytes of the file as it was sent, and of the photograph drawn from it. */
const middleOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes.length >> 1, (bytes.length >> 1) + 24);

/** Plates and photographs of the lead's own. @returns what is in them */
export async function addPlatesAndPhotos(browser: PlainBrowser): Promise<Marker[]> {
  for (const plate of morePlates) {
    await browser.submit(await browser.open('/profile/plates'), '添加车牌', { plate });
  }
  const markers: Marker[] = morePlates.map((text) => ({ what: 'plate', text }));
  for (const [kind, button] of [
    ['document', '上传'],
    ['face', '同意并上传'],
  ] as const) {
    const sent = new Uint8Array(await noise(400, 500));
    await browser.upload(await browser.open('/profile/photos'), button, { name: 'photo', bytes: sent });
    const kept = new Uint8Array(await browser.bytes(`/profile/photos/${kind}`));
    markers.push(
      { what: `${kind} photo as sent`, text: middleOf(sent) },
      { what: `${kind} photo`, text: middleOf(kept) },
    );
  }
  return markers;
}

/** From the form to the book and back: somebody declared, a child with a guardian, somebody invited; then the visit is asked for. */
export async function reserveTogether(
  system: System,
  browser: PlainBrowser,
  { from, until: end, ...visit }: Parameters<typeof plainly.reserve>[1],
): Promise<{ reservation: string; join: string; markers: Marker[] }> {
  const wish = { ...visit, ...controlsOf({ from, until: end }) };
  const form = await browser.open('/reservations/new?channel=personal');
  const book = await browser.submit(form, '添加', wish);
  const person = { document_type: '身份证', declared: 'yes' };
  const adding = await browser.submit(book, '添加');
  const { document: number, ...typed } = declared;
  const added = await browser.submit(adding, '确认', { ...person, ...typed, document_number: number });
  const addingChild = await browser.submit(added, '添加');
  const asking = await browser.submit(addingChild, '确认', {
    ...person,
    name: child.name,
    document_number: child.document,
  });
  const { code, book: again } = await agreeAsGuardian(system, browser, asking);

  const inviting = await browser.open((await browser.submit(again, '添加')).link('请本人填写'));
  const link = await browser.submit(inviting, '生成邀请链接', { name: invited.name, phone: invited.phone });
  const address = link.$('textarea').text();
  if (!address) throw new Error(`Nobody was invited: ${link.url.pathname} says ${link.text.slice(0, 800)}`);
  const join = new URL(address).pathname;
  const chosen = await browser.submit(await browser.open(link.link('返回同行访客')), '确定');
  // A window to the second is no choice of the lists, which the form came back with.
  const sent = await browser.submit(chosen, '提交预约', wish);
  const [, reservation] = /^\/reservations\/([0-9a-f-]{36})$/.exec(sent.url.pathname) ?? [];
  if (!reservation)
    throw new Error(`The visit was not asked for: ${sent.url.pathname} says ${sent.text.slice(0, 800)}`);
  await plainly.stubbornly(browser).open(`/reservations/${reservation}`, (page) => page.has('等待审批'));
  const token = join.replace('/join/', '');
  return {
    reservation,
    join,
    markers: [...whoTheyAre(), { what: 'guardian code', text: code }, { what: 'join link', text: token }],
  };
}

async function agreeAsGuardian(
  system: System,
  browser: PlainBrowser,
  asking: PlainPage,
): Promise<{ code: string; book: PlainPage }> {
  const typed = { ...guardian, agree: 'yes' };
  const sent = await browser.submit(asking, '获取验证码', { ...typed, ...plainly.challengeOf(asking) });
  const code = await new SandboxPhones(system.sandbox).loginCode(guardian.phone);
  const agreed = await browser.submit(sent, '确认同意', { ...typed, code });
  if (agreed.url.pathname !== '/companions')
    throw new Error(`The guardian did not agree: ${agreed.text.slice(0, 800)}`);
  return { code, book: agreed };
}

/** The invited one registers and takes the place. @returns their browser */
export async function joinByLink(system: System, join: string): Promise<PlainBrowser> {
  const browser = plainly.plainBrowserOf(system, invited);
  await plainly.register(system, invited, browser);
  const joined = await browser.submit(await browser.open(join), '同意并加入');
  if (!joined.has('您已加入')) throw new Error(`Nobody joined: ${joined.text.slice(0, 800)}`);
  return browser;
}

/** Every holder looks at their pass, on the screen and for paper. @returns every credential of them all */
export async function lookAtPasses(
  system: System,
  reservation: string,
  browsers: { lead: PlainBrowser; invited: PlainBrowser },
): Promise<Marker[]> {
  const passes = await until(async () => {
    const made = await passesOfReservation(system.db, reservation);
    return made.length === 4 && made;
  }, 'everybody has a pass');
  const markers: Marker[] = [];
  for (const { id, ordinal } of passes) {
    const opened = await Promise.all(
      Object.values(browsers).map(async (browser) => (await browser.open(`/passes/${id}/print`)).status),
    );
    if (opened.filter((status) => status === 200).length !== 1) throw new Error(`A pass is not in one hand: ${opened}`);
    for (const browser of Object.values(browsers)) await browser.open(`/passes/${id}`);
    const credentials = await readCredentials(system.db, system.cipher, id);
    const visitCode = await readVisitCode(system.db, system.cipher, id);
    if (!credentials?.paper || !visitCode) throw new Error('A pass has a version for paper and a code');
    const of = (what: string, text: string | Uint8Array) => markers.push({ what: `${what} of ${ordinal}`, text });
    of('visit code', visitCode);
    of('gate code', credentials.gateCode);
    // The signature is what makes a pass of it; the claims are ids and dates.
    of('pass token', credentials.token.subarray(48, passLength));
    of('paper token', credentials.paper.subarray(48, passLength));
  }
  return markers;
}

const whoTheyAre = (): Marker[] =>
  Object.entries({ declared, child, guardian, invited }).flatMap(([who, person]) =>
    Object.entries(person)
      .filter(([what]) => !['sex', 'documentType', 'contact'].includes(what))
      .flatMap(([what, text]) => [
        { what: `${who} ${what}`, text },
        ...(what === 'document' ? [{ what: `${who} document tail`, text: text.slice(-6) }] : []),
      ]),
  );

/** The signature in the text of a QR code. @throws Error for what is none */
export function signatureOf(qrText: string): Uint8Array {
  const token = fromQrText(qrText);
  if (!token) throw new Error('No pass in the QR code: the search would prove nothing');
  return token.subarray(48, passLength);
}
