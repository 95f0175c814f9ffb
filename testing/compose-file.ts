import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** `docker-compose.yml` as tests look at it. */

export interface Service {
  image: string;
  build?: string;
  command?: string[];
  entrypoint?: string[];
  user?: string;
  restart?: string;
  profiles?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  logging?: { driver: string; options: Record<string, string> };
  healthcheck?: { test: string[] };
  networks: string[] | Record<string, unknown>;
  depends_on?: Record<string, { condition: string }>;
  [key: string]: unknown;
}

export interface Compose {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean; ipam?: { config: { ip_range?: string }[] } } | null>;
  volumes: Record<string, unknown>;
}

const top = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
export const composeText = readFileSync(top('docker-compose.yml'), 'utf8');
export const readCompose = (text = composeText): Compose => parse(text, { merge: true });
export const readTop = (path: string): string => readFileSync(top(path), 'utf8');

const variable = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** Each variable that is named, and whether compose refuses to go on without it. */
export function variablesIn(text: string): { name: string; isRequired: boolean }[] {
  const commented = text.replace(/^\s*#.*$/gm, '');
  return [...commented.matchAll(variable)].map(([, name = '', kind]) => ({ name, isRequired: kind === '?' }));
}

/** As compose fills it in. */
export function filled(text: string, env: Record<string, string | undefined>): string {
  return text.replace(variable, (_, name: string, kind?: string, rest = '') => {
    const value = env[name];
    if (value) return value;
    if (kind === '?') throw new Error(`${name}: ${rest}`);
    return rest;
  });
}
