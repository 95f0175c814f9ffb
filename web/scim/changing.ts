import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { type ScimChange, ScimRefusal } from '../../domain/scim.ts';
import { findTextProblem } from '../../domain/text.ts';
import { isUsername, normaliseUsername } from '../../domain/username.ts';
import { type AuditRecord, record } from '../../store/audit/audit.ts';
import { forgetContent } from '../../store/content/content-cache.ts';
import {
  type DirectoryUser,
  editDirectoryUser,
  findDirectoryUser,
  findRemoved,
  hideFromDirectory,
  isTaken,
} from '../../store/staff/directory.ts';
import { comeBack, leave } from '../../store/staff/leaving.ts';
import { createStaff } from '../../store/staff/staff.ts';
import { isLastAdmin } from '../../store/staff/staff-role.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { addressHash } from '../network.ts';
import { signInsOf } from '../staff/university/ways.ts';
import { tokenOf } from './guard.ts';

/** What the directory changes: all of it, and its audit, in one transaction. Roles are the office's alone. */

const nameLimit = 40;
type By = { deps: WebDeps; req: Request; res: Response };

export const notThere = (): ScimRefusal => new ScimRefusal(404, 'There is no such user');

/** @throws ScimRefusal */
export async function createUser(by: By, change: ScimChange & { userName: string; name: string }) {
  const { externalId = null, active = true, ...named } = change;
  const [userName, name] = [checkUserName(named.userName), checkName(named.name)];
  return changing(by, async (trx) => {
    const removed = await findRemoved(trx, userName);
    // The same person again, as the directory's own name says; else, or where none is told, perhaps somebody new with a user
    // name that was somebody's.
    if (removed && (externalId === null || removed.externalId !== externalId)) throw taken();
    if (removed) await comeBack(trx, removed.id);
    const id = removed?.id ?? (await createStaff(trx, { username: userName, name }));
    const user = await found(by, trx, id);
    await editDirectoryUser(trx, user, { name, externalId });
    await tell(by, trx, removed ? 'staff_reactivated' : 'staff_created', id);
    if (!active) await depart(by, trx, id);
    return found(by, trx, id);
  });
}

/** @throws ScimRefusal */
export function changeUser(by: By, id: string, change: ScimChange): Promise<DirectoryUser> {
  return changing(by, async (trx) => {
    // Before the row: this is the order in which an office's departure takes the two.
    if (change.active === false) await keepLastAdmin(by, trx, id);
    const user = await found(by, trx, id);
    const to = differences(user, change);
    if (to.userName !== undefined && user.isAdmin)
      throw new ScimRefusal(400, 'The user name of an administrator is changed by nobody', 'mutability');
    if (change.active === true && !user.active && (await comeBack(trx, id)))
      await tell(by, trx, 'staff_reactivated', id);
    if (Object.keys(to).length > 0) {
      await editDirectoryUser(trx, user, to);
      await tell(by, trx, 'staff_edited', id, { fields: Object.keys(to) });
    }
    if (change.active === false && user.active) await depart(by, trx, id);
    return found(by, trx, id);
  });
}

/** A departure, after which the directory sees nobody there. @throws ScimRefusal */
export async function removeUser(by: By, id: string): Promise<void> {
  await changing(by, async (trx) => {
    await keepLastAdmin(by, trx, id);
    const user = await found(by, trx, id);
    if (user.active) await depart(by, trx, id);
    await hideFromDirectory(trx, id);
    return user;
  });
}

async function changing(by: By, act: (trx: Knex) => Promise<DirectoryUser>): Promise<DirectoryUser> {
  try {
    const user = await by.deps.db.transaction(act);
    forgetContent(by.deps.db);
    return user;
  } catch (error) {
    throw isTaken(error) ? taken() : error;
  }
}

const taken = () => new ScimRefusal(409, 'Somebody else has this userName or externalId', 'uniqueness');
const isDemo = ({ deps }: By): boolean => deps.settings.XIAOMEN_MODE === 'demo';

async function found(by: By, trx: Knex, id: string): Promise<DirectoryUser> {
  const user = isUuid(id) && (await findDirectoryUser(trx, id, { demo: isDemo(by), lock: true }));
  if (!user) throw notThere();
  return user;
}

async function keepLastAdmin(by: By, trx: Knex, id: string): Promise<void> {
  if (isUuid(id) && (await isLastAdmin(trx, id, signInsOf(by.deps.settings))))
    throw new ScimRefusal(409, 'The last administrator stays: give somebody else the role first');
}

async function depart(by: By, trx: Knex, id: string): Promise<void> {
  const visits = await leave(trx, { staff: id });
  if (visits) await tell(by, trx, 'staff_deactivated', id, { visits: visits.length });
}

function differences(user: DirectoryUser, change: ScimChange) {
  const userName = change.userName === undefined ? user.userName : checkUserName(change.userName);
  const name = change.name === undefined ? user.name : checkName(change.name);
  const { externalId = user.externalId } = change;
  return {
    ...(userName !== user.userName && { userName }),
    ...(name !== user.name && { name }),
    ...(externalId !== user.externalId && { externalId }),
  };
}

function checkUserName(text: string): string {
  const userName = normaliseUsername(text);
  if (isUsername(userName)) return userName;
  throw new ScimRefusal(400, 'userName has 2 to 64 letters, digits and . _ - @', 'invalidValue');
}

function checkName(name: string): string {
  if (!findTextProblem(name, { max: nameLimit, required: true })) return name;
  throw new ScimRefusal(
    400,
    `The name is longer than ${nameLimit} characters, or has some that show nothing`,
    'invalidValue',
  );
}

/** As done by the directory, by this token. */
async function tell(
  { deps, req, res }: By,
  trx: Knex,
  action: AuditRecord['action'],
  id: string,
  detail: object = {},
): Promise<void> {
  await record(trx, {
    actor: { kind: 'system' },
    action,
    subject: { kind: 'staff', id },
    detail: { by: 'scim', token: tokenOf(res), ...detail },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
