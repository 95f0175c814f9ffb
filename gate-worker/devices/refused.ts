import type { ErrorRequestHandler, Response } from 'express';

/** A body that cannot be read is a refusal in the words of the device; what else fails is the last handler's. */
export const refused =
  (say: (res: Response, status: number) => void): ErrorRequestHandler =>
  (error: { status?: number }, _req, res, next) => {
    const { status = 500 } = error;
    if (status >= 500) return next(error);
    say(res, status === 413 || status === 415 ? status : 400);
  };
