import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { nameLength } from '../../domain/text.ts';
import { day } from '../../domain/time.ts';
import { readAnswers } from '../../domain/visit-answers.ts';
import {
  findInvitation,
  type NewInvitation,
  type ReadInvitation,
  revokeInvitation,
  writeInvitation,
} from '../../store/api/invitation.ts';
import { takeOnce } from '../../store/api/once.ts';
import { record } from '../../store/audit/audit.ts';
import { allDepartments } from '../../store/content/content.ts';
import { type Call, operation } from './operation.ts';
import { ApiProblem, type WrongField } from './problem.ts';
import { askedInstant, instant, name, said } from './schemas.ts';

/** How far ahead somebody is invited. */
const furthest = 366 * day;
/** As long as on the form. */
const longestPurpose = 200;

const facts = {
  id: z.uuid(),
  state: said('invitation.state', z.enum(['open', 'used', 'revoked', 'over'])),
  department: z.uuid(),
  from: instant,
  until: instant,
  expiresAt: said('invitation.expires_at', instant),
  madeAt: instant,
  visit: said('invitation.visit', z.uuid().nullable()),
};
const invitation = name('Invitation', z.object(facts));
const wish = name(
  'InvitationWish',
  z.strictObject({
    department: said('invitation.department', z.uuid()),
    host: said('invitation.host', z.string().min(1).max(nameLength)).optional(),
    purpose: said('invitation.purpose', z.string().min(1).max(longestPurpose)).optional(),
    phoneTail: said('invitation.phone_tail', z.string().regex(/^\d{4}$/)).optional(),
    from: said('invitation.from', askedInstant),
    until: said('invitation.until', askedInstant),
    expiresAt: said('invitation.asked_expires_at', askedInstant).optional(),
  }),
);
type Wish = z.output<typeof wish>;
type Departments = Awaited<ReturnType<typeof allDepartments>>;

const written = ({ from, until, expiresAt, madeAt, ...rest }: ReadInvitation) => ({
  ...rest,
  from: from.toISOString(),
  until: until.toISOString(),
  expiresAt: expiresAt.toISOString(),
  madeAt: madeAt.toISOString(),
});

/** For a host of a department, or the department: a link that opens the form. The department decides as ever. */
export const createInvitation = operation({
  id: 'createInvitation',
  method: 'post',
  path: '/invitations',
  scope: 'invitations:write',
  status: 201,
  repeatable: true,
  body: wish,
  answer: name('NewInvitation', z.object({ ...facts, link: said('invitation.link', z.url()) })),
  async handle(call, { body }) {
    const { deps, by } = call;
    const departments = await allDepartments(deps.db);
    const id = await deps.db.transaction(async (trx) => {
      const mine = { id: randomUUID(), key: by.key.id };
      const before = call.once && (await takeOnce(trx, { key: mine.key, ...call.once(body) }, mine.id));
      if (before && !before.same)
        throw new ApiProblem('invalid', [{ in: 'header', field: 'Idempotency-Key', reason: 'used_before' }]);
      if (before) return before.answer;
      // Only now: what was taken once is answered as it was, though its time may be over.
      const fresh: NewInvitation = { ...mine, ...check(by, body, departments) };
      await writeInvitation(trx, deps.cipher, tokenOf(call, fresh.id), fresh);
      await record(trx, {
        ...call.recorded,
        action: 'visit_invited',
        subject: { kind: 'invitation', id: fresh.id },
        detail: { department: fresh.department },
      });
      return fresh.id;
    });
    const made = await findInvitation(deps.db, id, {});
    if (!made) throw new ApiProblem('not_found');
    return {
      answer: { ...written(made), link: `${deps.settings.PUBLIC_URL}/invitations/${tokenOf(call, id)}` },
      recorded: true,
    };
  },
});

/**
 * 256 bits that only this key makes of this row: who sends the request again gets the same link, and it is kept nowhere.
 */
const tokenOf = ({ by }: Call, id: string): string =>
  createHmac('sha256', by.secret).update(`invitation ${id}`).digest('base64url');

/** @throws ApiProblem */
function check(by: Call['by'], wished: Wish, departments: Departments) {
  const [from, until] = [new Date(wished.from), new Date(wished.until)];
  const expiresAt = wished.expiresAt === undefined ? until : new Date(wished.expiresAt);
  const now = Date.now();
  const wrong: WrongField[] = [];
  const refuse = (field: keyof Wish, reason: string) => wrong.push({ in: 'body', field, reason });
  const department = departments.find(({ id }) => id === wished.department);
  if (!department || !(by.departments?.includes(department.id) ?? true)) refuse('department', 'unknown');
  else if (department.closedAt || !department.receives || !department.attended) refuse('department', 'closed');
  if (from.getTime() < now) refuse('from', 'past');
  if (until <= from) refuse('until', 'order');
  else if (until.getTime() > now + furthest) refuse('until', 'too_far');
  if (expiresAt.getTime() <= now || expiresAt > until) refuse('expiresAt', 'order');
  // By the same rule as on the form.
  const { answers, problems } = readAnswers(wished.host === undefined ? 'official' : 'personal', {
    host: wished.host ?? '',
    note: wished.purpose ?? '',
  });
  if (problems.host) refuse('host', 'characters');
  if (problems.note) refuse('purpose', 'characters');
  if (wrong.length > 0) throw new ApiProblem('invalid', wrong);
  const { host = null, note: purpose = null } = answers;
  const { phoneTail = null } = wished;
  return { department: wished.department, host, purpose, phoneTail, from, until, expiresAt };
}

const params = z.object({ id: said('invitation.id', z.uuid()) });

export const getInvitation = operation({
  id: 'getInvitation',
  method: 'get',
  path: '/invitations/{id}',
  scope: 'invitations:read',
  params,
  answer: invitation,
  async handle({ deps: { db }, by }, { params: { id } }) {
    const found = await findInvitation(db, id, by);
    if (!found) throw new ApiProblem('not_found');
    return { answer: written(found), subject: { kind: 'invitation', id } };
  },
});

/** From this moment its link opens nothing. A visit that was asked for by it stays: it is cancelled elsewhere. */
export const revokeInvitationOperation = operation({
  id: 'revokeInvitation',
  method: 'post',
  path: '/invitations/{id}/revocation',
  scope: 'invitations:write',
  params,
  answer: invitation,
  async handle({ deps: { db }, by, recorded }, { params: { id } }) {
    if (!(await findInvitation(db, id, by))) throw new ApiProblem('not_found');
    const subject = { kind: 'invitation', id } as const;
    await db.transaction(async (trx) => {
      if (await revokeInvitation(trx, id)) await record(trx, { ...recorded, action: 'visit_uninvited', subject });
    });
    const found = await findInvitation(db, id, by);
    if (!found) throw new ApiProblem('not_found');
    return { answer: written(found), recorded: true };
  },
});
