import { type Request, type Response, urlencoded } from 'express';

/** A form that could not be taken right now, as its error page carries it: sent again as it was, without the database. */
export interface FormAgain {
  action: string;
  fields: { name: string; value: string }[];
}

/** Fields that are never written into a page. */
const isNever = (name: string): boolean => name.includes('password');
const parse = urlencoded({ extended: false, limit: '32kb', parameterLimit: 60 });

/** Undefined where nothing was typed, or what was sent cannot be held by a page, as a file or a password. */
export async function formAgain(req: Request, res: Response): Promise<FormAgain | undefined> {
  if (req.method !== 'POST') return undefined;
  // The failure may come before forms are read.
  if (req.body === undefined) await new Promise<void>((done) => parse(req, res, () => done()));
  const fields = Object.entries((req.body ?? {}) as Record<string, unknown>).flatMap(([name, sent]) =>
    [sent].flat().map((value) => ({ name, value: String(value) })),
  );
  if (fields.length === 0 || fields.some(({ name }) => isNever(name))) return undefined;
  return { action: req.originalUrl, fields };
}
