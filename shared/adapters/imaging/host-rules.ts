import { BlockList, isIP } from 'node:net';

/** An allowed host, and the addresses that its name may lead to. */
export interface HostRule {
  /** Whether a connection to an address is allowed. */
  allows(address: string): boolean;
}

/** Allowed hosts by `host:port`. */
export interface HostRules {
  /** Number of allowed hosts. */
  readonly size: number;
  /** The rule of a URL's host and port, or `null`. */
  of(url: URL): HostRule | null;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Addresses that no name may lead to: this machine, metadata services (link-local), and ranges that
 * map to others (IANA special-purpose registries). Private networks are allowed, because an imaging
 * archive usually is in one.
 */
const NEVER = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  NEVER.addSubnet(network, prefix);
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  NEVER.addSubnet(network, prefix, 'ipv6');
NEVER.addAddress('100.100.100.200');
NEVER.addAddress('fd00:ec2::254', 'ipv6');

/**
 * Reads the allowed hosts: names, `localhost`, IPv4 addresses, IPv6 addresses in brackets; each
 * with or without a port.
 */
export function hostRules(hosts: readonly string[]): HostRules {
  const rules = new Map<string, HostRule>();
  for (const entry of hosts) {
    const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) as unknown as [string, string, string | undefined];
    if (port !== undefined) rules.set(`${host}:${port}`, ruleOf(host));
    else for (const [scheme, usual] of Object.entries(DEFAULT_PORTS)) rules.set(`${scheme}${host}:${usual}`, ruleOf(host));
  }
  return {
    size: hosts.length,
    of({ protocol, hostname, port }) {
      const usual = DEFAULT_PORTS[protocol];
      const at = `${hostname}:${port === '' ? usual : port}`;
      return rules.get(at) ?? rules.get(`${protocol}${at}`) ?? null;
    },
  };
}

function ruleOf(host: string): HostRule {
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  const kind = isIP(literal);
  if (kind !== 0) {
    const own = new BlockList();
    own.addAddress(literal, kind === 6 ? 'ipv6' : 'ipv4');
    return { allows: (address) => contains(own, address) };
  }
  if (host === 'localhost') return { allows: (address) => contains(LOOPBACK, address) };
  return { allows: (address) => isIP(address) !== 0 && !contains(NEVER, address) };
}

const contains = (list: BlockList, address: string) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
