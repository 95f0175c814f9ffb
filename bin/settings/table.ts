import { z } from 'zod';
import { doorSchema, gateSchema, migrationSchema, webSchema, workerSchema } from '../../platform/config.ts';
import { settingGroups } from '../../platform/setting-groups.ts';

/** The README's table of settings, as the schema has them. */

const readers = {
  web: webSchema.shape,
  worker: workerSchema.shape,
  gate: gateSchema.shape,
  door: doorSchema.shape,
  '`npm run migrate`': migrationSchema.shape,
};

/** @throws Error naming a setting that nobody described, or that stands in no group or in two */
export function settingsTable(): string {
  refuseStrays();
  const lines = ['| setting | for | without it | what |', '|---|---|---|---|'];
  for (const { title, settings } of settingGroups) {
    lines.push(`| **${title}** | | | |`);
    for (const [name, schema] of Object.entries(settings)) {
      lines.push(`| \`${name}\` | ${readersOf(name)} | ${without(schema)} | ${whatIs(name, schema)} |`);
    }
  }
  return lines.join('\n');
}

function refuseStrays(): void {
  const grouped = settingGroups.flatMap(({ settings }) => Object.keys(settings));
  const read = new Set(Object.values(readers).flatMap((shape) => Object.keys(shape)));
  for (const name of read) {
    const groups = grouped.filter((one) => one === name).length;
    if (groups !== 1) throw new Error(`${name} stands in ${groups} groups of settings instead of one`);
  }
}

function readersOf(name: string): string {
  const names = Object.entries(readers).flatMap(([reader, shape]) => (name in shape ? [reader] : []));
  if (names.length === 0) throw new Error(`${name} is read by no process`);
  return names.join(', ') === 'web, worker, gate, door' ? 'all' : names.join(', ');
}

/** What a process does when it is not set. */
function without(schema: z.ZodType): string {
  if (!schema.safeParse(undefined).success) return 'does not start';
  const unwrapped = schema instanceof z.ZodPipe ? schema.in : schema;
  const value = unwrapped instanceof z.ZodDefault ? unwrapped.def.defaultValue : undefined;
  return value === undefined || value === '' ? '–' : `\`${value}\``;
}

function whatIs(name: string, schema: z.ZodType): string {
  if (!schema.description)
    throw new Error(`${name} says nowhere what it is: describe it in platform/setting-groups.ts`);
  return schema.description;
}
