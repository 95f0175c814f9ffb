import type { Knex } from 'knex';

/** What may change while something is refused: who is there, how often they tried, and who looked. */
const restless = [
  'visitor_session',
  'staff_session',
  'attempt',
  'phone_code',
  'audit',
  'chosen_party',
  'kept_form',
  // What goes on by itself meanwhile.
  'gate_contact',
  'gate_feed',
  'gate_acknowledgement',
  'wechat_token',
  'message',
  'message_attempt',
  'visit_code',
  'sweep',
  'audit_day',
  'key_holder',
  'knex_migrations',
  'knex_migrations_lock',
];
/** Columns that say only when somebody was there, and how far the gates' feed has been told. */
const fleeting = ['last_seen_at', 'language', 'feed_position', 'announced_position'];

/** What to look at in this database; no table comes while a test runs. */
const looks = new WeakMap<Knex, Promise<string>>();

/** A number for each table's rows as they are; two that are equal say that nothing has changed. */
export async function fingerprint(owner: Knex): Promise<Record<string, string>> {
  const look = looks.get(owner) ?? lookAt(owner);
  looks.set(owner, look);
  const { rows } = await owner.raw<{ rows: { table: string; rows: string }[] }>(await look);
  return Object.fromEntries(rows.map((row) => [row.table, row.rows]));
}

async function lookAt(owner: Knex): Promise<string> {
  const tables: string[] = await owner('information_schema.tables')
    .where({ table_schema: 'public', table_type: 'BASE TABLE' })
    .whereNotIn('table_name', restless)
    .pluck('table_name');
  const each = tables.map(
    (table) => `select '${table}' as "table", count(*) || ' ' || coalesce(sum(hashtextextended(
      (to_jsonb(t) - array[${fleeting.map((name) => `'${name}'`).join(', ')}])::text, 0)), 0) as rows from "${table}" t`,
  );
  return each.join(' union all ');
}

/** What one form makes one of; what follows from it by itself – tasks, lines, passes – may still be on its way. */
const made = [
  'visitor',
  'person',
  'consent',
  'companion',
  'companion_invitation',
  'guardian',
  'photo',
  'phone_recovery',
  'data_request',
  'reservation',
  'submission',
  'reservation_person',
  'proposal',
  'decision',
  'erasure',
  'campus',
  'gate',
  'department',
  'reason',
  'refusal_reason',
  'closed_day',
  'calendar_day',
  'notice',
  'guide',
  'approval_policy_version',
];

/** How many there are of each. */
export async function things(owner: Knex): Promise<Record<string, number>> {
  const each = made.map((table) => `select '${table}' as "table", count(*)::int as rows from "${table}"`);
  const { rows } = await owner.raw<{ rows: { table: string; rows: number }[] }>(each.join(' union all '));
  return Object.fromEntries(rows.map(({ table, rows: count }) => [table, count]));
}

/** Nothing is on its way, and two looks in turn see the same. */
export async function stands(owner: Knex): Promise<boolean> {
  const underWay = [
    owner('request').where({ status: 'pending' }),
    owner('password_asking'),
    owner('staff_link_mail').where({ status: 'pending' }),
  ];
  for (const rows of underWay) if (await rows.first()) return false;
  const [first, second] = [await fingerprint(owner), await fingerprint(owner)];
  return Object.keys(first).every((table) => first[table] === second[table]);
}
