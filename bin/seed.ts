import type { Knex } from 'knex';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import type { Transaction } from '../platform/db.ts';
import { type DemoKeys, readWebKeys } from '../platform/keys.ts';
import { hashPassword } from '../platform/password.ts';
import { publishPolicy } from '../store/approval/policy.ts';
import { addHost } from '../store/content/host.ts';
import { publishedText } from '../store/content/published-text.ts';
import { saveStaffContact } from '../store/messages/staff-contact.ts';
import { bindStaffMessenger } from '../store/messages/staff-messenger.ts';
import { createStaff } from '../store/staff/staff.ts';
import { campus, closedDay, demoLogins, demoPassword, gates, mailboxOf, reasons, university } from './seed/content.ts';
import { departmentTree, hosts, ownReasons, type SeedDepartment } from './seed/departments.ts';
import { dining } from './seed/guides/dining.ts';
import { gettingHere } from './seed/guides/getting-here.ts';
import type { SeedGuide } from './seed/guides/guide.ts';
import { mustRead } from './seed/guides/must-read.ts';
import { screenCasting } from './seed/guides/screen-casting.ts';
import { buildingPoints, campusLocation, campusPlan, gateLocations } from './seed/locations.ts';
import { companion } from './seed/notices/companion.ts';
import { face } from './seed/notices/face.ts';
import { filling } from './seed/notices/filling.ts';
import { minors } from './seed/notices/minors.ts';
import type { SeedNotice } from './seed/notices/notice.ts';
import { privacy } from './seed/notices/privacy.ts';
import { terms } from './seed/notices/terms.ts';
import { visiting } from './seed/notices/visiting.ts';
import { wechat } from './seed/notices/wechat.ts';
import { policies } from './seed/policies.ts';

/**
 * Fills an empty database with the demo's university; one that has a university keeps everything it has. A demo's gates
 * get the public keys of this clone; those of a real installation, which has no demo logins, are left alone.
 *
 * @param db as the owner of the database
 */
export async function seedDemo(db: Knex, keys: DemoKeys): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw('lock table university in exclusive mode');
    if (await trx('university').first()) return;
    await trx('university').insert(university);
    const campusId = await insert(trx, 'campus', { ...campus, ...campusLocation, plan: JSON.stringify(campusPlan) });
    await insertGates(trx, campusId, keys);
    await trx('closed_day').insert({ campus_id: campusId, ...closedDay(Date.now()) });
    const departmentIds = await insertDepartments(trx, campusId, departmentTree);
    await insertReasons(trx, departmentIds);
    await insertHosts(trx, departmentIds, keys);
    for (const one of [terms, filling, privacy, visiting, companion, minors, face, wechat])
      await trx('notice').insert(noticeRow(one));
    for (const one of [mustRead, gettingHere, screenCasting, dining]) {
      await trx('guide').insert({ campus_id: campusId, ...guideRow(one) });
    }
    await insertStaff(trx, departmentIds);
    await insertPolicies(trx, departmentIds);
  });
  await renewGateKeys(db, keys);
}

async function insert(trx: Knex, table: string, row: object): Promise<string> {
  const [inserted] = await trx(table).insert(row).returning('id');
  return inserted.id;
}

async function insertGates(trx: Knex, campusId: string, keys: DemoKeys): Promise<void> {
  for (const gate of gates) {
    const key = keys.gates[gate.id];
    if (!key) throw new Error(`No keys were made for the gate ${gate.id}`);
    await trx('gate').insert({
      ...gate,
      ...gateLocations[gate.id],
      campus_id: campusId,
      identity_key: key.identityKey,
      sealing_key: key.sealingKey,
    });
  }
}

async function insertDepartments(
  trx: Knex,
  campusId: string,
  tree: SeedDepartment[],
  parent: string | null = null,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [position, { key, building, gate, below, ...names }] of tree.entries()) {
    const id = await insert(trx, 'department', {
      ...names,
      campus_id: campusId,
      parent_id: parent,
      position,
      receives: building !== undefined,
      ...(building && { building_zh: building[0], building_en: building[1], nearest_gate: gate }),
      ...(building && buildingPoints[building[0]]),
    });
    ids.set(key, id);
    for (const [each, its] of await insertDepartments(trx, campusId, below ?? [], id)) ids.set(each, its);
  }
  return ids;
}

async function insertReasons(trx: Knex, departmentIds: Map<string, string>): Promise<void> {
  for (const [position, reason] of reasons.entries()) await insert(trx, 'reason', { position, ...reason });
  for (const [n, { department, ...names }] of ownReasons.entries()) {
    await insert(trx, 'reason', {
      ...names,
      position: reasons.length + n,
      department_id: idOf(departmentIds, department),
    });
  }
}

async function insertHosts(trx: Knex, departmentIds: Map<string, string>, keys: DemoKeys): Promise<void> {
  const { field, index } = readWebKeys(keys.web);
  const sealing = { cipher: createFieldCipher(field), index: createBlindIndex(index) };
  for (const [department, names] of Object.entries(hosts)) {
    for (const name of names) await addHost(trx, sealing, { department: idOf(departmentIds, department), name });
  }
}

function idOf(ids: Map<string, string>, key: string): string {
  const id = ids.get(key);
  if (!id) throw new Error(`The tree has no department ${key}`);
  return id;
}

const noticeRow = ({ kind, ...text }: SeedNotice) => ({ kind, version: 1, ...publishedText(textOf(text)) });
const guideRow = ({ kind, ...text }: SeedGuide) => ({ kind, version: 1, ...publishedText(textOf(text)) });
const textOf = ({ title, zh, en }: Omit<SeedNotice, 'kind'>) => ({
  title: { 'zh-CN': title.zh, en: title.en },
  body: { 'zh-CN': zh.trim(), en: en.trim() },
});

async function insertStaff(trx: Knex, departmentIds: Map<string, string>): Promise<void> {
  for (const { does: _, departments: keys, roles = [], ...login } of demoLogins) {
    await createStaff(trx, {
      ...login,
      demo: true,
      departments: keys.map((key) => idOf(departmentIds, key)),
      roles: roles.map(({ role, department }) => ({
        role,
        ...(department && { department: idOf(departmentIds, department) }),
      })),
    });
  }
  // One password that everybody may know: it is hashed once, which costs as much as the rest of the seed.
  await trx('staff')
    .where({ demo: true })
    .update({ password_hash: await hashPassword(demoPassword) });
}

/**
 * Gives each demo login a mailbox of the sandbox, which takes mail for any address, and the approver their user of its 企业微信. Not a part of `seedDemo`: where mail
 * goes out by a real server, nobody may be written to whom the demo made up. An address that was entered since stays.
 *
 * @param db as the owner of the database. @param wecom messages in 企业微信 go to the sandbox
 */
export async function addDemoMailboxes(db: Knex, keys: DemoKeys, { wecom = false } = {}): Promise<void> {
  const web = readWebKeys(keys.web);
  const cipher = createFieldCipher(web.field);
  const index = createBlindIndex(web.index);
  await db.transaction(async (trx) => {
    const unreached = await trx('staff as s')
      .leftJoin('staff_contact as c', 'c.staff_id', 's.id')
      .where({ 's.demo': true })
      .whereNull('c.staff_id')
      .select('s.id', 's.username');
    for (const { id, username } of unreached) {
      // A task is told at once, whatever the hour at which the demo is tried.
      const contact = { email: mailboxOf(username), language: 'zh-CN', digest: false, quiet: false } as const;
      await saveStaffContact(trx, cipher, id, contact);
      if (!wecom || username !== 'approver') continue;
      await bindStaffMessenger(trx, { cipher, index }, { staff: id, messenger: 'wecom', user: username });
    }
  });
}

async function insertPolicies(trx: Transaction, departmentIds: Map<string, string>): Promise<void> {
  for (const [key, document] of Object.entries(policies)) {
    const scope = { department: idOf(departmentIds, key), channel: null };
    await publishPolicy(trx, scope, { document, staff: null, after: 0 });
  }
}

/** A clone whose keys were made anew meets the rows of its former gates. */
async function renewGateKeys(db: Knex, keys: DemoKeys): Promise<void> {
  if (!(await db('staff').where({ demo: true }).first('id'))) return;
  for (const [id, { identityKey, sealingKey }] of Object.entries(keys.gates)) {
    await db('gate').where({ id }).update({ identity_key: identityKey, sealing_key: sealingKey });
  }
}
