import type { Response } from 'express';
import type { RequestKind } from '../../domain/request.ts';
import { noteSeen, type Refusal, refusalsToTell, seeRefusals } from '../../store/reservations/refusal.ts';
import type { WebDeps } from '../deps.ts';
import { refusalForStaff } from '../staff/refusal.ts';
import { refusalOf } from './form.ts';

/** What was refused after its page had said that it is on its way. */
interface Told {
  /** Who asked for what, when, and why it was not done. */
  text: string;
  refusal: Refusal;
}

/** @param of one reservation or one task; left out: everything that this person is to be told */
export async function readRefusals(
  { db }: Pick<WebDeps, 'db'>,
  res: Response,
  actor: { kind: 'visitor' | 'staff'; id: string },
  of: { reservation?: string; task?: string } = {},
): Promise<Told[]> {
  const refusals = await refusalsToTell(db, actor, of);
  await noteSeen(db, refusals);
  return refusals.map((refusal) => ({ text: sentenceOf(res, refusal, actor.kind), refusal }));
}

/** The same, on the page where they belong: seen there, they need not be told for long. */
export async function showRefusals(...[deps, ...of]: Parameters<typeof readRefusals>): Promise<Told[]> {
  const told = await readRefusals(deps, ...of);
  await seeRefusals(
    deps.db,
    told.map(({ refusal }) => refusal),
  );
  return told;
}

/** Kinds that a page or a phone asks for by itself have sentences of their own. */
const ownSentences: RequestKind[] = ['person_ready', 'bind_phone', 'resend_code'];

export function sentenceOf(
  { locals: { t, format } }: Response,
  { kind, askedAt, code, fields }: Refusal,
  reader: 'visitor' | 'staff' = 'visitor',
): string {
  const { refusal, fields: problems } = refusalOf({ ok: false, code, fields });
  const lapsed = kind === 'submit' && code === 'closed';
  const problem = Object.values(problems)[0];
  const forStaff = reader === 'staff' && !problem && refusalForStaff(t, code);
  const why = forStaff || t(lapsed ? 'reservations.lapsed' : (refusal ?? problem ?? `refusal.${code}`));
  if (ownSentences.includes(kind)) return t(`refused_later_${kind}`, { time: format.fullTime(askedAt), why });
  return t('refused_later', { what: t(`admin.request.${kind}`), time: format.fullTime(askedAt), why });
}
