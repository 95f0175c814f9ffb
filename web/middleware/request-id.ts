import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/** Every request has an id of our own making, shown on error pages and found in the log. */
export const requestId: RequestHandler = (req, res, next) => {
  req.id = randomUUID();
  res.locals.requestId = req.id;
  next();
};
