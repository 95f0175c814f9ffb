import type { EnrolledGate } from '../store/gates/gate.ts';

/** Calls that are being answered, so that those of a gate which is let in no more can be ended. A poll lasts a minute. */
export interface Calls {
  /** @returns a signal that ends the call, and what is to be called when it has ended */
  begin(gate: EnrolledGate): { signal: AbortSignal; abort(reason: Error): void; end(): void };
  /** Ends every call of gates that are let in no more. */
  endStrangers(isStillIn: (gate: EnrolledGate) => Promise<boolean>, reason: () => Error): Promise<void>;
  endAll(reason: Error): void;
}

export function createCalls(): Calls {
  const open = new Map<AbortController, EnrolledGate>();
  return {
    begin(gate) {
      const controller = new AbortController();
      open.set(controller, gate);
      return {
        signal: controller.signal,
        abort: (reason) => controller.abort(reason),
        end: () => void open.delete(controller),
      };
    },
    async endStrangers(isStillIn, reason) {
      for (const [controller, gate] of [...open]) if (!(await isStillIn(gate))) controller.abort(reason());
    },
    endAll(reason) {
      for (const controller of open.keys()) controller.abort(reason);
    },
  };
}
