import type { Knex } from 'knex';

/**
 * A decision names the submission it speaks of, as the approver saw it, so that a pass is signed for what stands as a row
 * and not for what a message says. Passes are taken back before a row says that its visit is over.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table decision
      add column submission_id uuid references submission,
      add column department_id uuid references department;
    update decision d set submission_id = t.submission_id, department_id = t.department_id
      from request q join task t on t.id::text = q.payload->>'task'
      where q.id = d.request_id;
    create index decision_submission on decision (submission_id);

    alter table reservation add column passes_ended_at timestamptz;

    alter table visit_fault drop constraint visit_fault_kind_check,
      add constraint visit_fault_kind_check check (kind in ('lost', 'task_failing', 'unsigned', 'put_aside'));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
