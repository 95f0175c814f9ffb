import type { Knex } from 'knex';
import { type PolicyDocument, parsePolicy } from '../../domain/policy.ts';
import type { Channel } from '../../domain/reservation.ts';
import type { Transaction } from '../../platform/db.ts';

/** Policies and their versions, which never change. A policy is a department's, a channel's, both, or the university's. */

export interface PolicyInForce {
  /** The version's id. */
  version: string;
  document: PolicyDocument;
}

/**
 * What applies to a visit: the nearest department's own policy on the way up, for its channel before one for both, else
 * that of the university. A version without a document stands back for the next one.
 */
export async function policyInForce(
  db: Knex,
  { department, channel }: { department: string; channel: Channel },
): Promise<PolicyInForce> {
  const { rows } = await db.raw<{ rows: { id: string; document: unknown }[] }>(
    `with recursive way (id, parent_id, distance) as (
        select id, parent_id, 0 from department where id = :department
        union all
        select d.id, d.parent_id, w.distance + 1 from way w join department d on d.id = w.parent_id
      )
      select v.id, v.document from approval_policy p
      left join way w on w.id = p.department_id
      cross join lateral (select * from approval_policy_version v where v.policy_id = p.id
        order by v.version desc limit 1) v
      where (p.department_id is null or w.id is not null) and (p.channel is null or p.channel = :channel)
        and v.document is not null
      order by w.distance nulls last, p.channel nulls last limit 1`,
    { department, channel },
  );
  const [found] = rows;
  if (!found) throw new Error('The university has no policy');
  return { version: found.id, document: parsePolicy(found.document) };
}

/** Whose visits a policy is for; null: every department's, or both channels. */
export interface PolicyScope {
  department: string | null;
  channel: Channel | null;
}

/**
 * The next version, which applies to what is admitted from now on.
 *
 * @param after the newest version that its author saw, 0 for none
 * @returns undefined where somebody published another one meanwhile; `isNew`: whether a version was made, which neither the
 * same form once more does nor a form that changes nothing (`unchanged`)
 */
export async function publishPolicy(
  trx: Transaction,
  { department, channel }: PolicyScope,
  { document, staff, after }: { document: PolicyDocument | null; staff: string | null; after: number },
): Promise<{ policy: string; version: number; isNew: boolean; unchanged: boolean } | undefined> {
  const scope = { department_id: department, channel };
  await trx('approval_policy').insert(scope).onConflict(['department_id', 'channel']).ignore();
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('publishing a policy', 0))`);
  const policy = await trx('approval_policy').where(scope).first('id');
  const text = document && JSON.stringify(document);
  const newest = await trx('approval_policy_version')
    .where({ policy_id: policy.id })
    .orderBy('version', 'desc')
    .first('version', 'published_by', trx.raw('document is not distinct from ?::jsonb as same', [text]));
  const version = after + 1;
  if (newest?.version === after && newest.same)
    return { policy: policy.id, version: after, isNew: false, unchanged: true };
  if (newest?.version === version && newest.same && newest.published_by === staff)
    return { policy: policy.id, version, isNew: false, unchanged: false };
  if ((newest?.version ?? 0) !== after) return undefined;
  await trx('approval_policy_version').insert({
    policy_id: policy.id,
    version,
    document: text,
    published_by: staff,
  });
  return { policy: policy.id, version, isNew: true, unchanged: false };
}

export interface PolicyVersion {
  id: string;
  policy: string;
  version: number;
  /** Null: what applies without this policy. */
  document: PolicyDocument | null;
  publishedAt: Date;
  /** Null: it came with the software. */
  publishedBy: string | null;
}

export interface Policy extends PolicyScope {
  id: string;
  newest: PolicyVersion;
}

/** Every policy with its newest version, the university's first. */
export async function allPolicies(db: Knex): Promise<Policy[]> {
  const rows: VersionRow[] = await db('approval_policy as p')
    .joinRaw(
      `cross join lateral (select * from approval_policy_version v where v.policy_id = p.id
        order by v.version desc limit 1) v`,
    )
    .leftJoin('department as d', 'd.id', 'p.department_id')
    .orderByRaw('p.department_id is not null, d.position, d.name_zh, p.channel nulls first')
    .select('v.*', 'p.department_id', 'p.channel');
  return rows.map((row) => ({
    id: row.policy_id,
    department: row.department_id,
    channel: row.channel,
    newest: readVersion(row),
  }));
}

/** Of one policy, newest first. */
export async function versionsOf(db: Knex, policy: string): Promise<PolicyVersion[]> {
  const rows: VersionRow[] = await db('approval_policy_version')
    .where({ policy_id: policy })
    .orderBy('version', 'desc');
  return rows.map(readVersion);
}

interface VersionRow {
  id: string;
  policy_id: string;
  department_id: string | null;
  channel: Channel | null;
  version: number;
  document: unknown;
  published_at: Date;
  published_by: string | null;
}

const readVersion = (row: VersionRow): PolicyVersion => ({
  id: row.id,
  policy: row.policy_id,
  version: row.version,
  document: row.document === null ? null : parsePolicy(row.document),
  publishedAt: row.published_at,
  publishedBy: row.published_by,
});
