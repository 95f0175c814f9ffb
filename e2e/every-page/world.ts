import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import type { Outcome } from '../../domain/reservation.ts';
import { eraseAccount, keepErasure } from '../../store/erasure.ts';
import { askRecovery } from '../../store/phone-recovery.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { aVisitor } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import type { System } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { aBook, ann, aProposal, aReservation, aTask, host, type Owner, photographs } from './rows.ts';

/**
 * One of everything that a page can show, made once. Visitors have Latin names, so that whatever is Chinese on an English
 * page is the house's own mistake.
 */

/** As testing/reservations.ts fills in, and as the official account's menu shows it. */
const unit = '示例科技有限公司';
const menuEntry = '访客预约';
const outcomes: Outcome[] = ['completed', 'no_show', 'cancelled', 'rejected', 'expired', 'revoked'];

export type Who =
  | 'anybody'
  | 'visitor'
  | 'stranger'
  | 'newcomer'
  | 'idle'
  | 'invited'
  | 'fromWechat'
  | 'approver'
  | 'admin';
type Agent = Pick<ReturnType<typeof supertest.agent>, 'get'>;

export async function buildWorld(system: System) {
  const { db } = system;
  const approved = await anApprovedVisit(system, { who: { ...ann, plate: null, document: '110199200001019010' } });
  const of = await ownerOf(system, approved.visitor);
  await photographs(system, of);
  const waiting = await aReservation(system, of, { stage: 'approval', starts: 30 });
  const returned = await aReservation(system, of, { stage: 'details', starts: 54 });
  await Promise.all([aTask(system, returned, 'returned'), aProposal(system, waiting)]);
  const closed = await Promise.all(
    outcomes.map((outcome, n) => aReservation(system, of, { stage: 'closed', outcome, starts: -72 - 24 * n })),
  );
  const other = { ...ann, name: 'Bob Example', phone: '13900007009', document: '110199200001019029', plate: null };
  const lead = await aVisitor(system, other);
  const along = await aReservation(system, lead, { stage: 'approval', starts: 78 }, { ...of, name: ann.name });
  await db.transaction((trx) =>
    askRecovery(trx, system, lead.visitor, { oldPhone: '13900007010', name: 'Bob Example', document: 'E00007010' }),
  );
  const book = await aBook(system, of.visitor);
  return {
    ...{ approved, book, along: along.reservation, returned: returned.reservation },
    waiting: { ...waiting, task: await aTask(system, waiting, 'open') },
    photo: (await db('photo').where({ visitor_id: of.visitor, kind: 'document' }).first('id')).id as string,
    closed: closed.map(({ reservation }) => reservation),
    content: await contentOf(system),
    erasure: await anErasure(system),
    people: await peopleOf(system, book.token, other.phone),
    /** What somebody typed, or is called, in Chinese: it stands as it is on an English page too. */
    typed: [host, unit, menuEntry, ...(await db('staff').pluck<string[]>('name'))],
  };
}

export type World = Awaited<ReturnType<typeof buildWorld>>;

async function ownerOf({ db }: System, visitor: string): Promise<Owner> {
  const person = await db('person').where({ visitor_id: visitor }).first('id');
  const consent = await db('consent').where({ visitor_id: visitor, purpose: 'personal_information' }).first('id');
  return { visitor, person: person.id, consent: consent.id };
}

/** An account that was deleted. */
async function anErasure({ db }: System): Promise<string> {
  const id = randomUUID();
  await db.transaction(async (trx) => {
    const [visitor] = await trx('visitor').insert({ language: 'en' }).returning<{ id: string }[]>('id');
    if (!visitor) return;
    const counts = await eraseAccount(trx, visitor.id);
    await keepErasure(trx, visitor.id, { id, at: new Date(), counts, proof: 'as it was given' });
  });
  return id;
}

async function contentOf({ db }: System) {
  const first = async (table: string): Promise<string> => (await db(table).orderBy('id').first('id')).id;
  return { campus: await first('campus'), department: await first('department'), reason: await first('reason') };
}

/** Somebody for each way in, each in a browser of their own. */
async function peopleOf(system: System, invitation: string, idlePhone: string): Promise<Record<Who, Agent>> {
  const visitor = new VisitorBrowser(system, { phone: ann.phone });
  await visitor.register();
  const newcomer = new VisitorBrowser(system);
  await newcomer.register();
  const stranger = new VisitorBrowser(system);
  await stranger.register();
  await stranger.agree();
  await stranger.post('/profile', { ...stranger.person, name: 'Sam Example', unit: '', plate: '' }).expect(303);
  const invited = new VisitorBrowser(system);
  await invited.agent.get(`/join/${invitation}`).expect(303);

  const { db, index } = system;
  const longAgo = db.raw(`now() - interval '91 days'`);
  await db('visitor')
    .where({ phone_hash: index('phone', idlePhone) })
    .update({ last_seen_at: longAgo });
  const idle = new VisitorBrowser(system, { phone: idlePhone });
  await idle.register();
  return {
    anybody: supertest.agent(system.web),
    ...{
      visitor: visitor.agent,
      stranger: stranger.agent,
      newcomer: newcomer.agent,
      invited: invited.agent,
      idle: idle.agent,
    },
    fromWechat: await fromWechat(system),
    approver: await staffBrowser(system.web, 'approver'),
    admin: await staffBrowser(system.web, 'admin'),
  };
}

/** Came by the official account's menu, proved a phone, and is asked whether to bind it. */
async function fromWechat(system: System): Promise<Agent> {
  const { body } = await supertest(system.sandbox).post('/inspect/people').send({ nickname: 'Wei' });
  const visitor = new VisitorBrowser(system);
  const begun = await visitor.agent.get('/wechat/oauth?return=/reservations').expect(302);
  const chosen = await fetch(String(begun.headers.location), {
    ...{ method: 'POST', body: new URLSearchParams({ openid: body.openid }), redirect: 'manual' },
  });
  const back = new URL(chosen.headers.get('location') ?? '');
  await visitor.agent.get(back.pathname + back.search).expect(303);
  await visitor.register();
  return visitor.agent;
}
