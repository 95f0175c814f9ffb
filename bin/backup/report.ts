import type { Knex } from 'knex';
import { closedSince, type Finding, type FindingKind, findingsOf, lastRestore } from '../../store/office/restore.ts';

/** What was found since the last restore, for a person. */

const sentences: Record<FindingKind, string> = {
  workflow_without_row: 'Visits that began after the backup: their workflows were ended, the rows are gone',
  row_brought_forward: 'Visits that went on after the backup: the workflow knew, and the row shows it again',
  row_cannot_follow: 'Visits whose workflow spoke of rows that are gone: closed, their visitors told',
  row_ahead: 'Visits whose workflow knows less than the row: look at each',
  entry_of_unknown: 'Entries by passes of visits that began after the backup',
  gate_ahead: 'Gates that had read passes which the backup does not know',
  erased_again: 'Deletions of accounts, and for people without one, that were done again',
  key_brought_back: 'Keys of the backup that work again, though others had taken their place: rotate each',
  gate_keys_anew: 'Gates whose keys were replaced after the backup: the later ones are believed again',
  gate_retired_again: 'Gates that were taken out of service after the backup, and are again',
};

/** @returns lines, and whether everything that runs was compared */
export async function reportOf(db: Knex): Promise<{ lines: string[]; settled: boolean }> {
  const restore = await lastRestore(db);
  if (!restore) return { lines: ['This database was never restored.'], settled: true };
  const { backupAt, restoredAt, settledAt } = restore;
  const lines = [
    `Restored at ${restoredAt.toISOString()} from what was acknowledged until ${backupAt.toISOString()}.`,
    settledAt
      ? `Everything that runs in the engine was compared by ${settledAt.toISOString()}.`
      : 'The workers have not compared everything that runs in the engine yet.',
  ];
  const closed = await closedSince(db, restore);
  if (closed.length > 0) {
    lines.push(`Visits whose workflow had ended or is gone: closed, their visitors told (${closed.length})`);
    lines.push(...closed.map(({ visit, outcome, found }) => `  ${visit} ${outcome}, its workflow: ${found}`));
  }
  const findings = await findingsOf(db, restore.id);
  for (const kind of Object.keys(sentences) as FindingKind[]) lines.push(...about(kind, findings));
  return { lines, settled: settledAt !== null };
}

function about(kind: FindingKind, findings: Finding[]): string[] {
  const of = findings.filter((one) => one.kind === kind);
  if (of.length === 0) return [];
  const said = (detail: Finding['detail']) =>
    Object.entries(detail)
      .map(([name, value]) => ` ${name} ${value}`)
      .join('');
  return [`${sentences[kind]} (${of.length})`, ...of.map(({ subject, detail }) => `  ${subject}${said(detail)}`)];
}
