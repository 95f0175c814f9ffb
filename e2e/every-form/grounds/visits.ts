import { randomUUID } from 'node:crypto';
import supertest from 'supertest';
import { makeTaskLink } from '../../../store/approval/task-link.ts';
import { readVisitCode } from '../../../store/passes/visit-code.ts';
import { aPassFor, aWaitingVisit, inHours, staffAt } from '../../../testing/bad-input/ground.ts';
import { aParty } from '../../../testing/party.ts';
import { seenAtGate } from '../../../testing/seen-at-gate.ts';
import { type System, staffLogins } from '../../../testing/system.ts';
import { until } from '../../../testing/until.ts';
import { VisitorBrowser } from '../../../testing/visitor-browser.ts';
import { on } from '../../../testing/window.ts';
import type { MakeGround } from '../entry.ts';

/** Visits that an engine stands behind, as their visitor and their approver see them. */

export const settled = (system: System) => new VisitorBrowser(system).settle();

type Visit = Awaited<ReturnType<typeof aWaitingVisit>> & { visitor: VisitorBrowser };
const waiting = async (system: System): Promise<Visit> => {
  const visitor = await settled(system);
  return { visitor, ...(await aWaitingVisit(system, visitor)) };
};
const approved = async (system: System) => {
  const visit = await waiting(system);
  return { ...visit, pass: (await aPassFor(system, visit)).id as string };
};

/** The visitor's own page of a visit. @param brought what happens before it */
export const visitAt =
  (
    below = '',
    state: 'waiting' | 'approved' = 'waiting',
    brought: (system: System, visit: Visit) => Promise<unknown> = async () => undefined,
  ): MakeGround =>
  async (system) => {
    const visit = await (state === 'waiting' ? waiting : approved)(system);
    await brought(system, visit);
    return { agent: visit.visitor.agent, path: `/reservations/${visit.reservation}${below}` };
  };
/** The approver's page of its task. */
export const taskAt =
  (
    state: 'waiting' | 'approved' = 'waiting',
    brought: (system: System, visit: Visit) => Promise<unknown> = async () => undefined,
  ): MakeGround =>
  async (system) => {
    const visit = await (state === 'waiting' ? waiting : approved)(system);
    await brought(system, visit);
    const { agent } = await staffAt(system, 'approver', '/');
    return { agent, path: `/inbox/${visit.task}` };
  };
export const asStaff =
  (
    who: 'admin' | 'security',
    pathOf: (visit: Visit) => string,
    state: 'waiting' | 'approved' = 'approved',
    brought: (system: System, visit: Visit) => Promise<unknown> = async () => undefined,
  ): MakeGround =>
  async (system) => {
    const visit = await (state === 'waiting' ? waiting : approved)(system);
    await brought(system, visit);
    return { agent: (await staffAt(system, who, '/')).agent, path: pathOf(visit) };
  };

/** As the approver, by the form of a task. */
export const answered =
  (path: string, form: Record<string, string>) =>
  async (system: System, { task }: Visit) => {
    const { send } = await staffAt(system, 'approver', `/inbox/${task}/${path}`);
    const { status } = await send({ request: randomUUID(), ...form });
    if (status !== 303) throw new Error(`${path}: ${status}`);
  };
export const proposed = answered('proposal', {
  propose_from: inHours(60),
  propose_until: inHours(62),
  propose_note: '',
});
export const commented = answered('comments', { key: randomUUID(), comment_to: 'visitor', comment_text: '请带好证件' });
export const signerAdded = answered('signers', {
  signer: 'approver2',
  signer_place: 'after',
  signer_reason: '请一并把关',
});
export const claimed = answered('claims', {});
/** As if they had come in and not been seen leaving by the end: their visit's own record knows better, and says so. */
export const askedToLeave = async ({ owner }: System, { reservation }: Visit) => {
  await owner('reservation').where({ id: reservation }).update({ overstay: 1 });
  await seenAtGate(owner, reservation, 'in');
};

export const changed = async (system: System, { visitor, reservation }: Visit) => {
  const path = `/reservations/${reservation}/changes`;
  const $ = await visitor.page(path);
  const form = Object.fromEntries(
    $(`form[action="${path}"]`)
      .serializeArray()
      .map(({ name, value }) => [name, value]),
  );
  await visitor.post(path, { ...form, until_time: '13:00' }).expect(303);
  await until(
    () => system.owner('reservation').where({ id: reservation }).whereNotNull('change_submission_id').first('id'),
    'a change',
  );
};

/** A pass that somebody opens who has only its link and its code. */
export const passByCode: MakeGround = async (system) => {
  const { pass } = await approved(system);
  const code = (await readVisitCode(system.db, system.cipher, pass)) ?? '';
  return { agent: new VisitorBrowser(system).agent, path: `/passes/${pass}`, fill: { code } };
};
/** Somebody of a party, who has an account of their own. */
export const goingAlong: MakeGround = async (system) => {
  const [lead, along] = [await settled(system), await settled(system)];
  const { reservation } = await aParty(system, [lead.phone, along.phone], on(2));
  return { agent: along.agent, path: `/reservations/${reservation}` };
};
/** The link of a mail to the approver of a visit, who is not signed in. */
export const byLink: MakeGround = async (system) => {
  const { task } = await waiting(system);
  const { id: staff } = await system.owner('staff').where({ username: staffLogins.approver.username }).first('id');
  const token = await makeTaskLink(system.db, { staff, task, sentTo: 'a***@example.edu' });
  return { agent: supertest.agent(system.web), path: `/t/${token}` };
};
