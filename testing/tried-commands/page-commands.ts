import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Commands as an operator copies them off a page. */

const top = fileURLToPath(new URL('../..', import.meta.url));
/** By whom a line of prose is taken for a command, where anything follows. */
const programs =
  /^(?:… |(?:\w+=\S+ )*)(?:npm (?:run|start|test)|docker|kubectl|caddy|temporal|temporal-server|describe|node|journalctl|rsync|openssl|curl)\s/;
const script = /^deploy\/\S+\.sh$/;

export interface Page {
  name: string;
  text: string;
}

/** @param part the heading of the only part that counts; left out: the whole page */
export function readPage(name: string, part?: string): Page {
  const whole = readFileSync(join(top, name), 'utf8');
  if (part === undefined) return { name, text: whole };
  const text = whole.split(/^## /m).find((one) => one.startsWith(`${part}\n`));
  if (text === undefined) throw new Error(`${name} has no part "${part}"`);
  return { name, text };
}

/** Blocks of commands in their order, each as lines without what explains them. */
export const blocksOf = ({ text }: Page): string[][] =>
  [...text.matchAll(/^( *)```sh\n([\s\S]*?)^ *```/gm)].map(([, indent = '', block = '']) =>
    block
      .split('\n')
      .map((line) => line.slice(line.startsWith(indent) ? indent.length : 0).replace(/\s+# .*$/, ''))
      .filter((line) => line !== ''),
  );

/** Commands within sentences, each once. */
export function namedIn({ text }: Page): string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [...new Set(spans.filter((span) => programs.test(span) || script.test(span)))];
}

/** @throws Error where a placeholder is not in the command, or one is left */
export function filledIn(command: string, values: Record<string, string>): string {
  let text = command;
  for (const [placeholder, value] of Object.entries(values)) {
    if (!text.includes(placeholder)) throw new Error(`"${command}" has no ${placeholder}`);
    text = text.replace(placeholder, () => value);
  }
  if (Object.keys(values).length === 0 && /[<…]/.test(text)) throw new Error(`What is to be filled in: ${text}`);
  return text;
}
