import type { Knex } from 'knex';
import type { Stage } from '../domain/reservation.ts';
import type { FieldCipher } from '../platform/crypto.ts';
import type { Localized } from './content.ts';
import type { Message } from './message.ts';
import { readPeople } from './submission.ts';
import { readVisitCode } from './visit-code.ts';

/** What a message speaks of, in clear: read for one attempt, kept nowhere. */
export interface AnnouncedVisit {
  stage: Stage;
  visitorName: string;
  campus: Localized;
  from: Date;
  until: Date;
  /** The pass the message is about: the one it names, else the lead's. */
  pass?: { id: string; code: string };
  /** What an approver typed. */
  reason?: string;
}

/** @throws Error while the reservation's rows are behind its workflow; the attempt is made again. */
export async function announcedVisit(db: Knex, cipher: FieldCipher, message: Message): Promise<AnnouncedVisit> {
  const row = await db('reservation as r')
    .join('submission as s', 's.id', 'r.submission_id')
    .join('campus as c', 'c.id', 's.campus_id')
    .where('r.id', message.reservation)
    .first('r.stage', 's.id as submission', 's.visit_from', 's.visit_until', 'c.name_zh', 'c.name_en');
  if (!row) throw new Error('The rows of this reservation are behind');
  const [lead] = await readPeople(db, cipher, row.submission);
  const pass = await passOf(db, cipher, message);
  const reason = await reasonOf(db, cipher, message.decision);
  return {
    stage: row.stage,
    visitorName: lead?.name ?? '',
    campus: { 'zh-CN': row.name_zh, en: row.name_en },
    from: row.visit_from,
    until: row.visit_until,
    ...(pass && { pass }),
    ...(reason && { reason }),
  };
}

async function passOf(db: Knex, cipher: FieldCipher, message: Message): Promise<AnnouncedVisit['pass']> {
  const row = await db('pass')
    .where({ reservation_id: message.reservation })
    .andWhere(message.pass ? { id: message.pass } : { ordinal: 0 })
    .first('id');
  const code = row && (await readVisitCode(db, cipher, row.id));
  return code && { id: row.id, code };
}

async function reasonOf(db: Knex, cipher: FieldCipher, decision: string | null): Promise<string | undefined> {
  if (!decision) return undefined;
  const row = await db('decision').where({ request_id: decision }).first('reason_enc');
  return row?.reason_enc && cipher.open({ table: 'decision', column: 'reason_enc', row: decision }, row.reason_enc);
}
