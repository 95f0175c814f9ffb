import { execIn, runningServices } from './compose-up.ts';

/** What a process of a container may do. */
export interface Rights {
  /** 0 is root. */
  account: number;
  /** Each by the number that the kernel gives it. */
  capabilities: number[];
  /** Whether even root of the container finds a file system that takes nothing beside its volumes. */
  isReadOnly: boolean;
}

/** Of every container that goes on running, by service. */
export async function rightsInContainers(): Promise<Record<string, Rights>> {
  const asked = runningServices.map(async (service) => [service, await rightsOf(service)] as const);
  return Object.fromEntries(await Promise.all(asked));
}

async function rightsOf(service: string): Promise<Rights> {
  const status = await execIn(service, ['cat', '/proc/1/status']);
  const line = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '';
  const effective = BigInt(`0x${line('CapEff')}`);
  return {
    account: Number(line('Uid')),
    capabilities: Array.from({ length: 64 }, (_, n) => n).filter((n) => (effective >> BigInt(n)) & 1n),
    isReadOnly: await takesNothing(service),
  };
}

async function takesNothing(service: string): Promise<boolean> {
  const tried = await execIn(service, ['touch', '/written'], ['--user', '0']).catch(String);
  return tried.includes('Read-only file system');
}
