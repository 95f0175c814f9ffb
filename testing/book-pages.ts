import { checkDigit } from '../domain/identity-number.ts';
import type { System } from './system.ts';
import { codesSent, type VisitorBrowser } from './visitor-browser.ts';

/** The pages of a lead's own book of companions, as a lead goes through them. All people are made up. */

let documents = 0;
/** A resident id of nobody. @param birth YYYYMMDD */
export function documentOf(birth: string): string {
  documents += 1;
  const number = `110199${birth}${String(documents * 2).padStart(3, '0')}`;
  return number + checkDigit(number);
}

export const partyOf = (location: unknown): string => /party=([0-9a-f-]{36})/.exec(String(location))?.[1] ?? '';

/** Leaves the form for the book. @returns the party's id */
export async function leaveForm(visitor: VisitorBrowser, change: Record<string, string> = {}): Promise<string> {
  const form: Record<string, string> = { ...(await visitor.visitForm()), ...change };
  return partyOf((await visitor.post('/companions/selection', form).expect(303)).headers.location);
}

/** 周奶奶 without a phone, unless wished otherwise. */
export async function declare(visitor: VisitorBrowser, change: Record<string, string> = {}) {
  const declared = (await visitor.page('/companions/new'))('[name=declared]').attr('value') ?? '';
  const form = {
    name: '周奶奶',
    phone: '',
    document_type: 'resident_id',
    document_number: documentOf('19500101'),

    unit: '',
    declared,
    ...change,
  };
  return { form, answer: await visitor.post('/companions', form) };
}

/** @returns the path of the link */
export async function invite(
  visitor: VisitorBrowser,
  of: { name: string; phone: string; party?: string },
): Promise<string> {
  const made = await visitor.post('/companions/invitations', { party: '', ...of }).expect(303);
  const $ = await visitor.page(String(made.headers.location));
  return new URL($('textarea').text()).pathname;
}

/** A code to the guardian's own phone, then their agreement for the child. */
export async function agreeAsGuardian(
  system: Pick<System, 'sandbox'>,
  visitor: VisitorBrowser,
  { child, phone }: { child: string; phone: string },
): Promise<void> {
  const path = `/guardians/new?for=${child}`;
  const agree = (await visitor.page(path))('[name=agree]').attr('value') ?? '';
  const guardian = { for: child, name: '李父', phone, agree };
  await visitor.post('/guardians/code', { ...guardian, ...(await answerChallenge(visitor, path)) }).expect(200);
  const code = await newestGuardianCode(system, phone);
  await visitor.post('/guardians', { ...guardian, code }).expect(303);
}

export async function answerChallenge(visitor: VisitorBrowser, path: string): Promise<{ challenge: string }> {
  const label = (await visitor.page(path))('label[for=field-challenge]').text();
  const [a = 0, b = 0] = (label.match(/\d+/g) ?? []).map(Number);
  const challenge = /减/.test(label) ? a - b : /更大/.test(label) ? Math.max(a, b) : a + b;
  return { challenge: String(challenge) };
}

export async function newestGuardianCode(system: Pick<System, 'sandbox'>, phone: string): Promise<string> {
  return (await codesSent(system, phone)).at(-1) ?? '';
}
