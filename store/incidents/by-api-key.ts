import type { Knex } from 'knex';
import { countOf, type Incident, touchedBy } from './touched.ts';

/**
 * What was read and asked for by a key of another system, out of the audit, which has every answer: people whose names, phones,
 * organisations and plates it read or who were inside, and visits that were asked for by its invitations, which say on the page of
 * a task who invited. Answers without a word of who comes are counted.
 */
export async function touchedByApiKey(db: Knex, { keys, since }: { keys: string[]; since: Date }): Promise<Incident> {
  const of = { keys, since };
  return {
    touched: await touchedBy(db, read, of),
    figures: {
      api_answers: await countOf(db, `select count(*) ${answers} and not a.detail @> '{"personal": true}'`, of),
      invitations_made: await countOf(db, `select count(*) ${invitations} and i.made_at >= :since`, of),
      invitations_good: await countOf(
        db,
        `select count(*) ${invitations} and i.reservation_id is null and i.revoked_at is null and i.expires_at > now()`,
        of,
      ),
    },
  };
}

const answers = `from audit a where a.actor_kind = 'key' and a.actor_id = any(:keys::text[]) and a.at >= :since
  and a.action = 'api_read'`;
const invitations = 'from visit_invitation i where i.api_key_id = any(:keys::uuid[])';

const read = `
  select distinct 'visit' as kind, a.subject_id::uuid as id, null::int as ordinal, 'api_read' as what
    ${answers} and a.subject_kind = 'reservation' and a.detail @> '{"personal": true}'
  union
  select 'visit', i.reservation_id, null, 'api_invited' ${invitations} and i.made_at >= :since and i.reservation_id is not null`;
