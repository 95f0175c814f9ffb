import { stillGiven } from './withdrawal.ts';

/** Which signatures have been given, by rows alone: by an approval, or by a proposal of another time that was accepted. */

/** SQL over request `a`: the visitor accepted a proposal. */
const accepts = `a.kind = 'answer_proposal' and a.status <> 'refused' and a.payload->>'accept' = 'true'`;

/**
 * SQL: signatures `g` by decisions `d` that count for submission `s`, which asks for them as `r`: its visitor accepted the
 * very time that was proposed, and the proposer held the same seat. What a move to another version of the policy left is a row
 * of the move.
 */
export const acceptedProposals = `submission s
  join required_now r on r.submission_id = s.id
  join reservation o on o.id = s.reservation_id
  join request a on a.reservation_id = s.reservation_id and ${accepts}
    and a.actor_kind = 'visitor' and a.actor_id = o.visitor_id and a.payload->>'submission' = s.id::text
  join proposal p on p.request_id = (a.payload->>'proposal')::uuid and p.reservation_id = s.reservation_id
    and p.visit_from = s.visit_from and p.visit_until = s.visit_until
  join decision d on d.request_id = p.request_id and d.verdict = 'proposed' and ${stillGiven('d')}
  join signature g on g.request_id = d.request_id and g.step = r.step and g.ordinal = r.ordinal
    and (g.move_id = r.move_id or r.move_id is null and exists (select from compiled_now n
      where n.submission_id = g.submission_id and n.move_id is not distinct from g.move_id))
  join required_signature m on m.submission_id = g.submission_id and m.move_id is not distinct from g.move_id
    and m.step = g.step and m.ordinal = g.ordinal
    and m.department_id = r.department_id and m.role = r.role and m.people is not distinct from r.people
    and not exists (select from signature_sent_back b where b.decision_id = d.request_id and b.submission_id = s.id
      and b.step = r.step and b.ordinal = r.ordinal and b.move_id is not distinct from r.move_id)`;

/**
 * SQL beside `task t`: signatures `g` of its submission that stand and count by now, kept or on their way, and not taken back –
 * with who gave them, and for whom. An accepted proposal signs the submission with the new time; until that is in the rows, its
 * tasks are those of the former one. Each part begins with the submission, since there are many decisions.
 */
export const givenSignatures = `lateral (
  select g.request_id, g.step, g.ordinal, d.staff_id, d.behalf_id from signature_now g
  join decision d on d.request_id = g.request_id and d.verdict = 'approved' and ${stillGiven('d')}
  join request q on q.id = d.request_id and q.status <> 'refused'
  where g.submission_id = t.submission_id
  union all
  select g.request_id, g.step, g.ordinal, d.staff_id, d.behalf_id from signature_now g
  join decision d on d.request_id = g.request_id and d.verdict = 'proposed' and ${stillGiven('d')}
  join request a on a.reservation_id = d.reservation_id and ${accepts} and a.payload->>'proposal' = d.request_id::text
  where g.submission_id = t.submission_id
  union all
  select g.request_id, g.step, g.ordinal, d.staff_id, d.behalf_id from ${acceptedProposals}
  where s.id = t.submission_id) g`;
