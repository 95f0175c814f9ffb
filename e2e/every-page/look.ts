import type { Who } from './world.ts';

/** What a look at an address brings: a page, a piece of one that htmx asks for, a way on, or something for a machine. */
export interface Look {
  as: Who;
  path: string;
  kind: 'page' | 'piece' | 'onward' | 'file';
  /** Where it leads: the beginning of the path. */
  to?: string;
  status?: number;
}

export const page = (as: Who, ...paths: string[]): Look[] => paths.map((path) => ({ as, path, kind: 'page' }));
export const piece = (as: Who, path: string): Look[] => [{ as, path, kind: 'piece' }];
export const onward = (as: Who, path: string, to: string): Look[] => [{ as, path, kind: 'onward', to }];
export const file = (as: Who, path: string): Look[] => [{ as, path, kind: 'file' }];
export const no = (look: Look[], status: number): Look[] => look.map((one) => ({ ...one, status }));

/** Kinds of texts that the university publishes. */
export const notices = ['terms', 'filling', 'privacy', 'visiting', 'face', 'minors', 'companion'];
