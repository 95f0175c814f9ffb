import { BlockList, isIP, isIPv4 } from 'node:net';

/** Which addresses are public: nobody can lead us by a name or a number to what stands inside a network. */

/** Not globally reachable by IANA's registries of special-purpose addresses, and multicast. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
/** Within 2000::/3, which alone is given out: tunnels and what lies behind translators could lead inside. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const refused4 = listOf(special4);
const refused6 = listOf(special6);
const given6 = listOf(['2000::/3']);

/** @param networks CIDRs or addresses that operators allow besides */
export function allowedBy(networks: string[]): (address: string) => boolean {
  const besides = listOf(networks);
  return (address) => isPublic(address) || isIn(besides, address);
}

export function isPublic(address: string): boolean {
  if (isIP(address) === 0) return false;
  return isIPv4(address) ? !isIn(refused4, address) : isIn(given6, address) && !isIn(refused6, address);
}

const isIn = (list: BlockList, address: string): boolean => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

function listOf(networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
