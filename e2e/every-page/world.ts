import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import supertest from 'supertest';
import type { Outcome } from '../../domain/reservation.ts';
import { readWebKeys } from '../../platform/keys.ts';
import { makeTaskLink } from '../../store/approval/task-link.ts';
import { countElsewhere } from '../../store/elsewhere/wish.ts';
import { beginErasure, completeErasure, eraseAccount } from '../../store/own-data/erasure.ts';
import { askRecovery } from '../../store/people/phone-recovery.ts';
import { beginSecondFactor } from '../../store/staff/second-factor.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { makeStaffLink } from '../../store/staff/staff-link.ts';
import { anApprovedVisit } from '../../testing/approved.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { aVisitor } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, staffLogins } from '../../testing/system.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';
import { writeProof } from '../../web/own-data/proof.ts';
import { type Cast, latinCast } from './cast.ts';
import { fees } from './fees.ts';
import { aBook, ann, aProposal, aReservation, aTask, host, type Owner, photographs } from './rows.ts';
import { staysOn } from './staying-row.ts';
import { aWebhook } from './webhook-row.ts';

/** One of everything that a page can show, made once. */

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
  | 'admin'
  | 'security'
  | 'auditor'
  // Staff: by an invitation's link; with the app's QR code in front of them; with the right password and no code yet.
  | 'beginner'
  | 'enrolling'
  | 'halfway';
type Agent = Pick<ReturnType<typeof supertest.agent>, 'get'>;

export async function buildWorld(system: System, cast: Cast = latinCast) {
  const { db } = system;
  const approved = await anApprovedVisit(system, {
    who: { ...ann, name: cast.visitor, plate: null, document: '110199200001019010' },
    looked: true,
  });
  const of = await ownerOf(system, approved.visitor, cast);
  await photographs(system, of);
  const waiting = await aReservation(system, of, { stage: 'approval', starts: 30 });
  const returned = await aReservation(system, of, { stage: 'details', starts: 54 });
  await Promise.all([aTask(system, returned, 'returned'), aProposal(system, waiting)]);
  const closed = await Promise.all(
    outcomes.map((outcome, n) => aReservation(system, of, { stage: 'closed', outcome, starts: -72 - 24 * n })),
  );
  const unpaid = await aReservation(system, of, { stage: 'payment', starts: 102 });
  const staying = await aReservation(system, of, { stage: 'visit', starts: -3 });
  const evacuation = await staysOn(system, staying);
  const [paid] = closed;
  if (!paid) throw new Error('Nothing was paid for');
  const order = await fees(system, { waiting: unpaid, paid });
  const other = { name: cast.lead, phone: '13900007009', document: '110199200001019029', plate: null };
  const lead = { ...(await aVisitor(system, other)), cast };
  const along = await aReservation(system, lead, { stage: 'approval', starts: 78 }, { ...of, name: cast.visitor });
  await db.transaction((trx) =>
    askRecovery(trx, system, lead.visitor, { oldPhone: '13900007010', name: cast.lead, document: 'E00007010' }),
  );
  const book = await aBook(system, of.visitor, cast);
  const [task] = [await aTask(system, waiting, 'open'), await aTask(system, along, 'open')];
  return {
    approved,
    book,
    along: along.reservation,
    returned: returned.reservation,
    waiting: { ...waiting, task, link: await aLink(system, task) },
    photo: (await db('photo').where({ visitor_id: of.visitor, kind: 'document' }).first('id')).id as string,
    payment: { unpaid: unpaid.reservation, order, paid: paid.reservation },
    staying: staying.reservation,
    evacuation,
    closed: closed.map(({ reservation }) => reservation),
    content: await contentOf(system),
    webhook: await aWebhook(system, waiting.reservation),
    moves: await aRefusedMove(system, closed[0]?.reservation),
    staff: await db('staff').whereIn('username', ['admin', 'approver']).orderBy('username').pluck<string[]>('id'),
    erasure: await anErasure(system),
    people: await peopleOf(system, cast, { invitation: book.token, idlePhone: other.phone }),
    /** What somebody typed, or is called, in Chinese: it stands as it is on an English page too. */
    typed: [host, unit, menuEntry, ...(await db('staff').pluck<string[]>('name'))],
  };
}

export type World = Awaited<ReturnType<typeof buildWorld>>;

async function ownerOf({ db }: System, visitor: string, cast: Cast): Promise<Owner> {
  const person = await db('person').where({ visitor_id: visitor }).first('id');
  const consent = await db('consent').where({ visitor_id: visitor, purpose: 'personal_information' }).first('id');
  return { visitor, person: person.id, consent: consent.id, cast };
}

/** A link as a mail to the task's approver holds it. */
async function aLink({ db }: System, task: string): Promise<string> {
  const { id: staff } = await db('staff').where({ username: 'approver' }).first('id');
  const token = await makeTaskLink(db, { staff, task, sentTo: 'a***@example.edu' });
  if (!token) throw new Error('The approver may not decide this task by a link');
  return token;
}

/** An admin asked to move a visit to another version of its policy, too late. @returns what the form asked for, by its id */
async function aRefusedMove({ db, owner }: System, reservation?: string): Promise<string> {
  const version = await db('approval_policy_version').orderBy('id').first('id');
  const admin = await db('staff').where({ username: 'admin' }).first('id');
  const batch = randomUUID();
  await owner('request').insert({
    id: randomUUID(),
    reservation_id: reservation,
    kind: 'move_policy',
    actor_kind: 'staff',
    actor_id: admin.id,
    payload: { version: version.id, batch },
    status: 'refused',
    answer: { ok: false, code: 'closed' },
    answered_at: owner.fn.now(),
  });
  return batch;
}

/** An account that was deleted. */
async function anErasure({ db, folder }: System): Promise<string> {
  const { feed } = readWebKeys(join(folder, 'keys', 'web'));
  return db.transaction(async (trx) => {
    const [visitor] = await trx('visitor').insert({ language: 'en' }).returning<{ id: string }[]>('id');
    if (!visitor) throw new Error('No account was made');
    const at = new Date();
    const id = await beginErasure(trx, visitor.id, { cause: 'asked', at });
    const counts = { ...(await eraseAccount(trx, visitor.id)), ...countElsewhere([]) };
    await completeErasure(trx, { id, counts, proof: writeProof(feed, { id, at, counts, places: [] }) });
    return id;
  });
}

async function contentOf({ db }: System) {
  const first = async (table: string): Promise<string> => (await db(table).orderBy('id').first('id')).id;
  return {
    campus: await first('campus'),
    department: await first('department'),
    reason: await first('reason'),
    refusalReason: await first('refusal_reason'),
    policy: await first('approval_policy'),
  };
}

/** Somebody for each way in, each in a browser of their own. */
async function peopleOf(
  system: System,
  cast: Cast,
  { invitation, idlePhone }: { invitation: string; idlePhone: string },
): Promise<Record<Who, Agent>> {
  const visitor = new VisitorBrowser(system, { phone: ann.phone });
  await visitor.register();
  const newcomer = new VisitorBrowser(system);
  await newcomer.register();
  const stranger = new VisitorBrowser(system);
  await stranger.register();
  await stranger.agree();
  await stranger.post('/profile', { ...stranger.person, name: cast.stranger, unit: '', plate: '' }).expect(303);
  const invited = new VisitorBrowser(system);
  await invited.agent.get(`/join/${invitation}`).expect(303);

  return {
    anybody: supertest.agent(system.web),

    visitor: visitor.agent,
    stranger: stranger.agent,
    newcomer: newcomer.agent,
    invited: invited.agent,
    idle: await backAfterLong(system, idlePhone),
    fromWechat: await fromWechat(system, cast.nickname),
    approver: await staffBrowser(system.web, 'approver'),
    admin: await staffBrowser(system.web, 'admin'),
    security: await staffBrowser(system.web, 'security'),
    auditor: await staffBrowser(system.web, 'auditor'),
    ...(await newStaff(system, cast)),
  };
}

/** Accounts on their way: made, and not all set up. */
async function newStaff({ web, owner, cipher, index }: System, cast: Cast) {
  const named = { name: cast.stranger, password: staffLogins.approver.password };
  const beginner = supertest.agent(web);
  const invited = await createStaff(owner, { username: 'beginner', name: cast.stranger });
  const token = await makeStaffLink(owner, index, { staff: invited, use: 'invitation' });
  await beginner.get(`/staff/links/${token}`).expect(303);
  await beginSecondFactor(owner, cipher, await createStaff(owner, { username: 'enrolling', ...named }));
  const protectedOne = await createStaff(owner, { username: 'halfway', ...named });
  await beginSecondFactor(owner, cipher, protectedOne);
  await owner('staff_second_factor').where({ staff_id: protectedOne }).update({ confirmed_at: new Date() });
  const enrolling = await staffBrowser(web, { username: 'enrolling', password: named.password });
  return { beginner, enrolling, halfway: await withPassword(web) };
}

/** Gave the right password and no code yet: for ten minutes the site waits for the code. */
export async function withPassword(web: string): Promise<Agent> {
  const halfway = pageAgent(web).set({ Origin: web });
  const login = { username: 'halfway', password: staffLogins.approver.password };
  await halfway.post('/staff/login').type('form').send(login).expect(303);
  return halfway;
}

/** Proved the phone of an account that lay idle: for ten minutes the site waits for the document's end. */
export async function backAfterLong(system: System, phone: string): Promise<Agent> {
  const { owner, index } = system;
  await owner('visitor')
    .where({ phone_hash: index('phone', phone) })
    .update({ last_seen_at: owner.raw(`now() - interval '91 days'`) });
  const idle = new VisitorBrowser(system, { phone });
  await idle.register();
  return idle.agent;
}

/** Came by the official account's menu, proved a phone, and is asked whether to bind it. */
async function fromWechat(system: System, nickname: string): Promise<Agent> {
  const { body } = await supertest(system.sandbox).post('/inspect/people').send({ nickname });
  const visitor = new VisitorBrowser(system);
  const begun = await visitor.agent.get('/wechat/oauth?return=/reservations').expect(302);
  const chosen = await fetch(String(begun.headers.location), {
    method: 'POST',
    body: new URLSearchParams({ openid: body.openid }),
    redirect: 'manual',
  });
  const back = new URL(chosen.headers.get('location') ?? '');
  await visitor.agent.get(back.pathname + back.search).expect(303);
  await visitor.register();
  return visitor.agent;
}
