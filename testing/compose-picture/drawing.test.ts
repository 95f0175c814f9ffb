import { expect, it } from 'vitest';
import { readCompose, readTop } from '../compose-file.ts';
import { drawingOf } from './drawing.ts';

it('the picture in the README is of the compose file as it is; if not: npm run compose:picture', () => {
  expect(readTop('docs/compose.svg')).toBe(drawingOf(readCompose()));
  expect(readTop('README.md')).toContain('](docs/compose.svg)');
});

it('shows every service, every network, and what is published', () => {
  const compose = readCompose();
  const drawn = drawingOf(compose);
  const words = [...drawn.matchAll(/>([^<]+)<\/text>/g)].flatMap(([, text = '']) => text.split(' · '));
  expect(words).toEqual(expect.arrayContaining([...Object.keys(compose.services), ...Object.keys(compose.networks)]));
  expect(words.filter((word) => word.startsWith('published'))).toEqual(['published: 443, 80']);
});

it('is another one when the file gets a service, a network of a service changes, or another one is published', () => {
  const before = drawingOf(readCompose());
  const changed = (change: (services: ReturnType<typeof readCompose>['services']) => void) => {
    const compose = readCompose();
    change(compose.services);
    return drawingOf(compose);
  };
  const { gate } = readCompose().services;
  if (!gate) throw new Error('no gate');
  expect(changed((services) => Object.assign(services, { east: { ...gate, image: 'other:1.0' } }))).not.toBe(before);
  expect(changed((services) => Object.assign(services, { gate: { ...gate, networks: ['data'] } }))).not.toBe(before);
  expect(changed((services) => Object.assign(services, { gate: { ...gate, ports: ['1:2'] } }))).not.toBe(before);
});
