import type { Knex } from 'knex';
import type { RetentionClass } from '../../domain/retention.ts';
import { sealAudit } from '../audit/audit-chain.ts';
import { emptyCompanions } from '../companions/companion-erasure.ts';
import { finishWishes } from '../elsewhere/kept.ts';
import { forgetLogKeys } from '../keys/log-key.ts';
import { emptySpentPasses } from '../passes/pass-erasure.ts';
import { closing } from '../people/phone-recovery.ts';
import { photosPastTheirTime } from '../people/photo.ts';
import { eraseFromOthersVisits, eraseVisits } from '../reservations/visit-erasure.ts';
import { lockedAndStillPast } from './chosen.ts';
import { beginErasure, eraseAccount } from './erasure.ts';
import { dropWornOut } from './worn-out.ts';

/**
 * What of each class is past its time, deleted or emptied, at most one batch; returns how many. Visits that are not
 * closed keep everything.
 */
type Purge = (trx: Knex, of: { days: number; batch: number }) => Promise<number>;

export const pastTheirTime: Record<RetentionClass, Purge> = {
  photos: (trx, { days, batch }) =>
    trx('photo')
      .whereIn('id', photosPastTheirTime(trx, new Date(), days).select('photo.id').limit(batch))
      .delete(),
  chosen_parties: (trx, { days, batch }) =>
    trx('chosen_party')
      .whereIn('id', old(trx, 'chosen_party', 'created_at', days).limit(batch))
      .delete(),
  codes_tries_and_kept_forms: (trx) => dropWornOut(trx),
  invitations: async (trx, { days, batch }) => {
    const over = (table: string) =>
      trx(table)
        .whereIn('id', old(trx, table, 'expires_at', days).limit(batch))
        .delete();
    return (await over('companion_invitation')) + (await over('visit_invitation'));
  },
  removed_companions: async (trx, { days, batch }) => {
    const removed = () =>
      old(trx, 'companion', 'removed_at', days)
        .whereNull('erased_at')
        .whereNotExists(openVisitsWith(trx, 'reservation_person'))
        .whereNotExists(openVisitsWith(trx, 'awaited_person'));
    return emptyCompanions(trx, await lockedAndStillPast(trx, 'companion', { choose: removed, batch }));
  },
  unneeded_guardians: async (trx, { days, batch }) => {
    const choose = () => unneededGuardians(trx, days);
    return emptyGuardians(trx, await lockedAndStillPast(trx, 'guardian', { choose, batch }));
  },
  lost_number_claims: lostNumberClaims,
  pass_credentials: async (trx, { days, batch }) => {
    const told = await trx.raw(
      `delete from gate_feed where (gate_id, position) in
        (select gate_id, position from gate_feed where kept_until < ${ago} limit ?)`,
      [days, batch],
    );
    const codes = await trx.raw(
      `delete from visit_code where id in (select c.id from visit_code c
        where not exists (select from pass p where p.id = c.pass_id and p.valid_until >= ${ago}) limit ?)`,
      [days, batch],
    );
    return told.rowCount + codes.rowCount + (await emptySpentPasses(trx, { days, batch }));
  },
  messages: async (trx, { days, batch }) => {
    const ids = await old(trx, 'message', 'created_at', days)
      .whereExists(closedVisit(trx, 'message'))
      .limit(batch)
      .pluck('id');
    await trx('message_attempt').whereIn('message_id', ids).delete();
    return trx('message').whereIn('id', ids).delete();
  },
  people_of_closed_visits: async (trx, { days, batch }) => {
    const ids = await old(trx, 'reservation', 'closure_recorded_at', days)
      .where('stage', 'closed')
      .where((kept) => {
        for (const table of ['reservation_person', 'awaited_person', 'submission', 'decision']) {
          kept.orWhereExists(trx(table).whereRaw('reservation_id = reservation.id and erased_at is null'));
        }
      })
      .limit(batch)
      .pluck('id');
    await eraseVisits(trx, ids);
    return ids.length;
  },
  unpaid_orders: (trx, { batch }) => purgedBy(trx, 'purge_unpaid_orders', batch),
  gate_events: async (trx, { days, batch }) => {
    // What the log says of networks is an entry of the network too, and can be read as long.
    await forgetLogKeys(trx, days);
    const refused = old(trx, 'gate_refusal', 'occurred_at', days).limit(batch);
    const refusals = await trx('gate_refusal').whereIn('id', refused).delete();
    const seen = old(trx, 'gate_event', 'occurred_at', days).whereExists(closedVisit(trx, 'gate_event')).limit(batch);
    const completed = old(trx, 'emergency_entry', 'occurred_at', days).whereNotNull('completed_at').limit(batch);
    const emergencies = await trx('emergency_entry').whereIn('id', completed).delete();
    return refusals + emergencies + (await trx('gate_event').whereIn('id', seen).delete());
  },
  left_of_erased_accounts: leftOver,
  idle_accounts: async (trx, { days, batch }) => {
    const idle = () =>
      old(trx, 'visitor', 'last_seen_at', days)
        .whereNull('erased_at')
        .whereNotExists(trx('reservation').whereRaw(`visitor_id = visitor.id and stage <> 'closed'`))
        .whereNotExists(
          trx('reservation_person as p')
            .join('reservation as r', 'r.id', 'p.reservation_id')
            .whereRaw(`p.visitor_id = visitor.id and r.stage <> 'closed'`),
        );
    const accounts = await lockedAndStillPast(trx, 'visitor', { choose: idle, batch });
    for (const visitor of accounts) {
      await beginErasure(trx, visitor, { cause: 'idle' });
      await eraseAccount(trx, visitor);
    }
    return accounts.length;
  },
  audit_records: async (trx, { days, batch }) => {
    // How requests about data were answered is kept as long; what they said went with the answer.
    await trx('data_request')
      .whereIn('id', old(trx, 'data_request', 'closed_at', days).limit(batch))
      .delete();
    // Only what is in the chain goes, whole days of it.
    await sealAudit(trx, batch);
    return purgedBy(trx, 'purge_audit', batch);
  },
  bill_comparisons: (trx, { batch }) => purgedBy(trx, 'purge_bill_comparisons', batch),
  payments: (trx, { batch }) => purgedBy(trx, 'purge_payments', batch),
};

type Purger = 'purge_audit' | 'purge_unpaid_orders' | 'purge_bill_comparisons' | 'purge_payments';
/** By a function of the schema's owner, which looks at the days itself: no role of ours may delete these. */
const purgedBy = async (trx: Knex, purger: Purger, batch: number): Promise<number> =>
  (await trx.raw(`select ${purger}(?) as count`, [batch])).rows[0].count;

const ago = `now() - ? * interval '1 day'`;
const old = (trx: Knex, table: string, column: string, days: number) =>
  trx(table).whereRaw(`${table}.${column} < ${ago}`, [days]).select(`${table}.id`);

const closedVisit = (trx: Knex, table: string) =>
  trx('reservation as r').whereRaw(`r.id = ${table}.reservation_id and r.stage = 'closed'`);

const openVisitsWith = (trx: Knex, table: 'reservation_person' | 'awaited_person') =>
  trx(`${table} as w`)
    .join('reservation as r', 'r.id', 'w.reservation_id')
    .whereRaw(`w.companion_id = companion.id and r.stage <> 'closed'`);

/** No child of an account or a book stands with them, nor any visit that is open or closed lately. */
const unneededGuardians = (trx: Knex, days: number) =>
  trx('guardian')
    .whereNull('erased_at')
    .whereNotExists(trx('person').whereRaw('guardian_id = guardian.id'))
    .whereNotExists(trx('companion').whereRaw('guardian_id = guardian.id and removed_at is null'))
    .whereNotExists(
      trx('reservation_person as p')
        .join('reservation as r', 'r.id', 'p.reservation_id')
        .whereRaw(`p.guardian_id = guardian.id and (r.stage <> 'closed' or r.closed_at >= ${ago})`, [days]),
    )
    .select('guardian.id');

const emptyGuardians = (trx: Knex, ids: Knex.QueryBuilder | string[]): Promise<number> =>
  trx('guardian')
    .whereIn('id', ids as string[])
    .update({ name_enc: null, phone_enc: null, phone_hash: null, erased_at: trx.fn.now() });

/** Undecided for so long, a claim is withdrawn, and forgotten with that; decided as long ago it goes altogether. */
async function lostNumberClaims(trx: Knex, { days, batch }: { days: number; batch: number }): Promise<number> {
  const undecided = () => old(trx, 'phone_recovery', 'created_at', days).where('status', 'open');
  const claims = await trx('phone_recovery')
    .whereIn('id', await lockedAndStillPast(trx, 'phone_recovery', { choose: undecided, batch }))
    .update(closing(trx, 'withdrawn'));
  const decided = await trx('phone_recovery')
    .whereIn('id', old(trx, 'phone_recovery', 'closed_at', days).limit(batch))
    .delete();
  return claims + decided;
}

/**
 * What an account left behind when it was deleted: visits that have closed since, what came in after the end, and what
 * others held of its owner and had to keep for a while.
 */
async function leftOver(trx: Knex, of: { batch: number }): Promise<number> {
  return (await leftInVisits(trx, of)) + (await leftInAccounts(trx, of)) + (await finishWishes(trx, of.batch));
}

/** Rows of deleted accounts that a request wrote which was let in before the end. None is the rule. */
async function leftInAccounts(trx: Knex, { batch }: { batch: number }): Promise<number> {
  const late = (table: string) =>
    trx(table)
      .whereExists(trx('visitor as v').whereRaw(`v.id = ${table}.visitor_id and v.erased_at is not null`))
      .limit(batch)
      .select(`${table}.id`);
  // A frozen row that still leads to its person is of a visit that has not closed yet.
  const free = late('person').whereNotExists(trx('reservation_person').whereRaw('person_id = person.id'));
  const companions: string[] = await late('companion').whereNull('erased_at').pluck('companion.id');
  const gone = [
    await trx('photo').whereIn('id', late('photo')).delete(),
    await trx('person').whereIn('id', free).delete(),
    await trx('chosen_party').whereIn('id', late('chosen_party')).delete(),
    await emptyCompanions(trx, companions),
    await emptyGuardians(trx, late('guardian').whereNull('erased_at')),
  ];
  return gone.reduce((sum, count) => sum + count, 0);
}

/** Visits that were still open when their visitor deleted the account, and have closed since. */
async function leftInVisits(trx: Knex, { batch }: { batch: number }): Promise<number> {
  const visits = await trx('reservation as r')
    .join('visitor as v', 'v.id', 'r.visitor_id')
    .whereRaw('is_over(r)')
    .whereNotNull('v.erased_at')
    .whereExists(trx('submission').whereRaw('reservation_id = r.id and erased_at is null'))
    .limit(batch)
    .select({ id: 'r.id', visitor: 'v.id' });
  for (const { id, visitor } of visits) await eraseVisits(trx, [id], visitor);
  const people = await trx('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .join('visitor as v', 'v.id', 'p.visitor_id')
    .whereRaw('is_over(r)')
    .whereNotNull('v.erased_at')
    .whereNull('p.erased_at')
    .limit(batch)
    .distinct('v.id')
    .pluck('v.id');
  for (const visitor of people) await eraseFromOthersVisits(trx, visitor);
  return visits.length + people.length;
}
