import { expect, it } from 'vitest';
import { hostInAddress } from './host-in-address.ts';

it.each([
  ['127.0.0.1', 'http://127.0.0.1:80/'],
  ['gate.example.edu', 'http://gate.example.edu/'],
  ['::1', 'http://[::1]/'],
  ['fd00::17', 'http://[fd00::17]/'],
])('%s stands before a port', (host, address) => {
  expect(new URL(`http://${hostInAddress(host)}:80`).href).toBe(new URL(address).href);
});
