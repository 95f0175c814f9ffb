import type { Knex } from 'knex';

/**
 * Staff end an approved visit, or take one person out of it: a decision like others, with a reason from a list, a text where
 * one was typed, and the role it was taken by. Which kinds of requests and verdicts there are is said once, in
 * domain/request.ts and domain/revocation.ts, and every writer is typed by it: the columns keep to the form of a name.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table request drop constraint request_kind_check;
    alter table request add constraint request_kind_check check (kind ~ '^[a-z]+(_[a-z]+)*$');
    alter table decision drop constraint decision_verdict_check;
    alter table decision add constraint decision_verdict_check check (verdict ~ '^[a-z]+(_[a-z]+)*$');
    alter table decision drop constraint decision_reason;
    alter table decision add constraint decision_reason
      check (verdict in ('approved', 'proposed', 'revoked') or reason_enc is not null or erased_at is not null);

    alter table decision
      add column revoked_for text check (revoked_for ~ '^[a-z]+(_[a-z]+)*$'),
      add column revoked_as text check (revoked_as in ('approver', 'head', 'security', 'admin')),
      -- Null: for the whole party.
      add column revoked_ordinal integer check (revoked_ordinal > 0),
      add constraint decision_revocation check (
        (verdict = 'revoked') = (revoked_for is not null) and (verdict = 'revoked') = (revoked_as is not null)
        and (verdict = 'revoked' or revoked_ordinal is null));
  `);
}

/** Forward only: a mistake is mended by the next migration. */
export async function down(): Promise<void> {
  throw new Error('Migrations run forward only');
}
