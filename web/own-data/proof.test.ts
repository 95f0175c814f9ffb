import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { type ErasureCounts, erasedClasses } from '../../store/own-data/erasure.ts';
import { testKeys } from '../../testing/keys.ts';
import { isProof, writeProof } from './proof.ts';

const counts = Object.fromEntries(erasedClasses.map((one, n) => [one, n])) as ErasureCounts;

it('a proof is valid as it was written, and not with a letter changed, left out or signed by somebody else', async () => {
  const [ours, theirs] = [(await testKeys([])).web.feed, (await testKeys([])).web.feed];
  const proof = writeProof(ours, {
    id: randomUUID(),
    at: new Date(),
    counts,
    places: [{ place: 'visit', count: 2, keptFor: 'open_visit', keptUntil: '2026-12-02' }],
  });
  expect(isProof(ours, proof)).toBe(true);
  expect(isProof(theirs, proof)).toBe(false);
  const changed = [
    proof.replace('deleted visits: 1', 'deleted visits: 2'),
    proof.replace('deleted visits: 1\n', ''),
    proof.replace(/key: \d+/, 'key: 9'),
    proof.replace('xm-erasure v2', 'xm-erasure v1'),
    proof.replace('xm-erasure v2', 'xm-feed-page'),
    proof.replace('goes on 2026-12-02', 'goes on 2026-12-03'),
    proof.trimEnd(),
    `${proof}more\n`,
    '',
  ];
  expect(changed.filter((text) => isProof(ours, text))).toEqual([]);
});
