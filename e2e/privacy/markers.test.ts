import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { findMarkers, type Marker, textSource } from './markers.ts';

const markers: Marker[] = [
  { what: 'name', text: '欧阳标记' },
  { what: 'phone', text: '13912345678' },
  { what: 'code', text: '482913' },
];
const find = (text: string) => findMarkers([textSource('here', text)], markers);

it.each([
  ['a sentence', '您好，欧阳标记先生', 'name: here (as it is)'],
  ['an address', '/search?q=%E6%AC%A7%E9%98%B3%E6%A0%87%E8%AE%B0', 'name: here (in a URL)'],
  ['escaped JSON', '{"n":"\\u6b27\\u9633\\u6807\\u8bb0"}', 'name: here (in JSON)'],
  ['hexadecimal', Buffer.from('13912345678').toString('hex'), 'phone: here (in hexadecimal)'],
  ['base64, inside something longer', Buffer.from('{"p":"13912345678"}').toString('base64'), 'phone: here (in base64)'],
  ['an unkeyed hash', createHash('sha256').update('13912345678').digest('hex'), 'phone: here (as sha256)'],
  ['a code in a line', 'code=482913;', 'code: here (as it is)'],
])('a marker is found in %s', (_, text, finding) => {
  expect(find(text)).toEqual([finding]);
});

it.each(['张三', '139****5678', '1482913', '0.482913', 'a482913'])('%s is no marker', (text) => {
  expect(find(text)).toEqual([]);
});

it('the unkeyed hash of what is random is no finding, the random itself is', () => {
  const text = 'Zk3v9Qw0xYp7Lr2Tn5Bs8Hd1Jf4Gc6Ma-_eUiOyRtNw';
  const random: Marker[] = [{ what: 'link', text, random: true }];
  expect(findMarkers([textSource('here', createHash('sha256').update(text).digest('hex'))], random)).toEqual([]);
  expect(findMarkers([textSource('here', `GET /t/${text} 200`)], random)).toEqual(['link: here (as it is)']);
});

it('markers that overlap, or stand at the very beginning and end, are all found', () => {
  const overlapping: Marker[] = [
    { what: 'one', text: 'abcd' },
    { what: 'two', text: 'bcde' },
    { what: 'first', text: '482913' },
    { what: 'bytes', text: Uint8Array.of(0, 0, 0, 7) },
  ];
  const bytes = Buffer.concat([Buffer.from('482913 abcde '), Buffer.of(0, 0, 0, 0, 7)]);
  expect(findMarkers([{ where: 'here', bytes }], overlapping).toSorted()).toEqual(
    ['bytes', 'first', 'one', 'two'].map((what) => `${what}: here (as it is)`),
  );
});
