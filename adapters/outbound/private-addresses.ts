import { BlockList, isIP, isIPv4 } from 'node:net';

/** Networks that are nobody's public address: loopback, private, link-local (with clouds' metadata), carrier, multicast, reserved. */
const IPV4_NETWORKS = [
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
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** The only part of IPv6 that is routed in public, and the parts of it that lead back to others. */
const IPV6_PUBLIC = '2000::/3';
const IPV6_EXCEPTIONS = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const ipv4Private = listOf(IPV4_NETWORKS, 'ipv4');
const ipv6Public = listOf([IPV6_PUBLIC], 'ipv6');
const ipv6Exceptions = listOf(IPV6_EXCEPTIONS, 'ipv6');

/** Whether an IP address is not one of the public internet. What is no address at all counts as private. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return ipv4Private.check(address, 'ipv4');
  if (isIP(address) === 0) return true;
  return !ipv6Public.check(address, 'ipv6') || ipv6Exceptions.check(address, 'ipv6');
}
