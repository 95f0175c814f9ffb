import { networkInterfaces } from 'node:os';

/** @throws Error when this machine has no address in a network */
export function lanAddressOfThisMachine(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new Error('--lan: this machine has no address in a network; leave it out.');
  return found.address;
}
