import type { Walked } from '../plain-walk.ts';

/** The processes of `docker-compose.yml` that are ours, in the order in which a drill restarts them. */
export const processNames = ['worker-1', 'worker-2', 'web-1', 'web-2', 'door', 'gate'] as const;
export type ProcessName = (typeof processNames)[number];

/** One in containers: commands can be typed there. */
export interface ContainedOffice extends Office {
  /** The sources with compose file and `.env`, where an operator stands. */
  folder: string;
  /** After containers began anew: resolves when every process is ready and reaches its partners. */
  everythingBack(): Promise<void>;
}

/** What an office runs, in containers or as plain processes, and what a drill does to it. */
export interface Office extends Walked {
  /** SIGTERM; resolves when it has ended. */
  end(name: ProcessName): Promise<void>;
  /** SIGTERM, then the same again; resolves when it is ready. */
  restart(name: ProcessName): Promise<void>;
  /** Rejects with what its `/readyz` says, while it is not ready. */
  assertReady(name: ProcessName): Promise<void>;
  /** How often a process has been started; one that ended by itself is started again. */
  starts(): Promise<Record<ProcessName, number>>;
  /** A server that is taken away and brought back. */
  postgres: { stop(): Promise<void>; start(): Promise<void> };
  proxy: { isWell(): Promise<boolean>; said(): Promise<string> };
  engine: { stop(): Promise<void>; start(): Promise<void> };
  /** The end of what each process wrote, for a drill that failed. */
  said(): Promise<string>;
  /** Ends everything and leaves nothing. */
  stop(): Promise<void>;
}
