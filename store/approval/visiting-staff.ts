import type { Knex } from 'knex';

/** Members of staff who come themselves, or whose account asks: known by the WeChat that both are bound to. */
export const staffWhoVisit = (db: Knex, submission: string): Promise<string[]> =>
  db('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .joinRaw(`join visitor as v on v.superseded_at is null and (v.id = r.visitor_id
      or v.id in (select visitor_id from reservation_person where submission_id = s.id))`)
    .join('staff_contact as c', 'c.openid_hash', 'v.openid_hash')
    .where('s.id', submission)
    .distinct()
    .pluck('c.staff_id');
