import { execFileSync } from 'node:child_process';
import type { Figure } from './figure.ts';
import type { Product } from './product.ts';

/** Resident memory of each process after the load, its children counted in (PostgreSQL is a family). MB of 2^20. */
export function measureMemory({ processes }: Pick<Product, 'processes'>): Figure[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const resident = (root: number): number =>
    rows.reduce(
      (sum, [pid, parent, kilobytes]) => sum + (pid === root ? kilobytes : parent === root ? resident(pid) * 1024 : 0),
      0,
    ) / 1024;
  const value = Object.fromEntries(Object.entries(processes()).map(([name, pid]) => [name, Math.round(resident(pid))]));
  const seen = { total: Object.values(value).reduce((sum, one) => sum + one, 0) };
  return [{ name: 'rss_mb', value, unit: 'MB', seen }];
}
