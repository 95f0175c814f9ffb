import type { Knex } from 'knex';

/**
 * 退回上一步: signatures that count no more because somebody with a later task sent the visit back to their step, kept beside the
 * decision to do so. Refused by the process, it takes none away. `whole`: nothing is left of the decision that gave it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table returned_signature (
      request_id uuid not null references decision,
      decision_id uuid not null references decision,
      submission_id uuid not null references compiled_policy,
      step smallint not null,
      ordinal smallint not null,
      move_id uuid references policy_move,
      whole boolean not null,
      constraint returned_signature_once unique nulls not distinct (request_id, decision_id, move_id, step, ordinal)
    );
    create index returned_signature_decision on returned_signature (decision_id);

    -- Sent back, or about to be.
    create view signature_sent_back as
      select b.* from returned_signature b join request w on w.id = b.request_id and w.status <> 'refused';

    create or replace view signature_now as
      select g.* from compiled_now c
      join signature g on g.submission_id = c.submission_id and g.move_id is not distinct from c.move_id
      where not exists (select from signature_sent_back b where b.decision_id = g.request_id
        and b.submission_id = g.submission_id and b.step = g.step and b.ordinal = g.ordinal
        and b.move_id is not distinct from g.move_id);

    grant select, insert on returned_signature to xiaomen_app;
    revoke update, delete, truncate on returned_signature from xiaomen_app;
    grant select on signature_sent_back to xiaomen_app;
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
