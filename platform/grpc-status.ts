import { isGrpcServiceError } from '@temporalio/client';

/** The status by which the engine, or the way to it, refused a call: gRPC's number. Undefined: it was something else. */
export function grpcStatusOf(error: unknown): number | undefined {
  const cause = isGrpcServiceError(error) ? error : (error as { cause?: unknown } | null | undefined)?.cause;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

const unavailable = 14;
const deadlineExceeded = 4;

/** Does nobody answer there, or not in time? */
export const isEngineAway = (error: unknown): boolean =>
  [unavailable, deadlineExceeded].includes(grpcStatusOf(error) ?? 0);
