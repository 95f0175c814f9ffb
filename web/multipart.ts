import { type Request, type RequestHandler, raw } from 'express';
import { AppError } from '../platform/errors.ts';

/**
 * Forms with a file. The body stays in memory, bounded before it is read, and Node's own parser takes it apart: there is
 * no temporary file and no package for it. `req.body` holds the texts by name as any form's does; the file is `req.upload`.
 */

declare global {
  namespace Express {
    interface Request {
      /** The file of a multipart form; undefined when there was none, `tooLarge` when it was more than was asked for. */
      upload?: { bytes: Buffer } | { tooLarge: true };
    }
  }
}

/** Texts and boundaries beside the file. */
const around = 16 * 1024;
const longestText = 1_000;
/** More parts than any form of ours has fields. */
const mostParts = 12;

/** @param field name of the file's input. @param mostBytes of the file */
export function multipart({ field, mostBytes }: { field: string; mostBytes: number }): RequestHandler {
  const whole = raw({ type: 'multipart/form-data', limit: mostBytes + around, inflate: false });
  return (req, res, next) => {
    whole(req, res, (error?: unknown) => {
      if (isTooLarge(error)) {
        req.upload = { tooLarge: true };
        req.body = {};
        return next();
      }
      if (error) return next(error);
      readParts(req, field, mostBytes).then(() => next(), next);
    });
  };
}

async function readParts(req: Request, field: string, mostBytes: number): Promise<void> {
  const type = req.get('content-type') ?? '';
  if (!Buffer.isBuffer(req.body) || !isBounded(req.body, type)) throw new AppError('bad_request', { status: 400 });
  const form = await new Response(req.body, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new AppError('bad_request', { status: 400 });
  });
  const texts: Record<string, string> = {};
  for (const [name, value] of form) {
    if (typeof value === 'string') texts[name] = value.slice(0, longestText);
    else if (name === field) {
      const bytes = Buffer.from(await value.arrayBuffer());
      req.upload = bytes.length > mostBytes ? { tooLarge: true } : { bytes };
    }
  }
  req.body = texts;
}

/** Counted before it is parsed: thousands of empty parts cost more than their bytes. */
function isBounded(body: Buffer, type: string): boolean {
  const [found, ...more] = [...type.matchAll(/;\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))\s*(?=;|$)/gi)];
  const boundary = found?.[1] ?? found?.[2];
  // Two would be counted by one and parsed by the other.
  if (!boundary || more.length > 0 || type.match(/boundary\s*=/gi)?.length !== 1) return false;
  const mark = `--${boundary}`;
  let parts = 0;
  for (let at = body.indexOf(mark); at !== -1; at = body.indexOf(mark, at + mark.length)) {
    parts += 1;
    if (parts > mostParts) return false;
  }
  return parts > 0;
}

const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'status' in error && error.status === 413;
