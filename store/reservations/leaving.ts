/**
 * Who is leaving a visit: a removal, by the lead or by staff, that was asked for and not answered yet, as far as its reader can know. A row learns
 * of an answer a moment later; a submission never learns of an answer that came after it was kept.
 */
const unknownTo = {
  row: `(q.answer->>'seq')::int > r.seq`,
  submission: 'q.answered_at >= s.created_at',
};

/**
 * SQL for a subquery of `ordinal` and `answered`, beside reservation `r`; for a submission beside `s`, too. Refused ones are
 * none, and an answered one is only among them until its reader knows of it.
 */
export const leaving = (reader: keyof typeof unknownTo): string => `(
  select (q.payload->>'ordinal')::int as ordinal, q.status = 'answered' as answered from request q
  where q.reservation_id = r.id and q.kind in ('remove_person', 'revoke') and q.payload->>'ordinal' is not null
    and (q.status = 'pending' or (q.status = 'answered' and ${unknownTo[reader]})))`;

/** SQL: whether an ordinal belongs to the standing visit of reservation `r`, and was not taken out a moment ago. */
export const comes = (ordinal: string): string =>
  `(${ordinal} = any(r.ordinals) and ${ordinal} not in (select ordinal from ${leaving('row')} gone where answered))`;
