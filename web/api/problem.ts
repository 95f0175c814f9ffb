import type { ErrorRequestHandler } from 'express';
import type { z } from 'zod';
import { AppError } from '../../platform/errors.ts';
import { chooseLanguage, translator } from '../../platform/i18n.ts';
import { isUnavailable } from '../../platform/unavailable.ts';

/** Refusals as RFC 9457 has them: a stable code, a sentence in the reader's language, and never what somebody sent. */

export const problems = {
  bad_json: 400,
  key_missing: 401,
  scope_missing: 403,
  not_found: 404,
  too_large: 413,
  invalid: 422,
  too_many: 429,
  internal: 500,
  unavailable: 503,
} as const;
export type ProblemCode = keyof typeof problems;

/** What every operation may answer. */
export const alwaysPossible: readonly ProblemCode[] = [
  'key_missing',
  'scope_missing',
  'too_many',
  'internal',
  'unavailable',
];

export interface WrongField {
  in: 'query' | 'body' | 'header';
  /** As sent; a part of a part stands behind a dot. */
  field: string;
  /** A code. */
  reason: string;
}

export class ApiProblem extends Error {
  readonly code: ProblemCode;
  readonly errors: WrongField[] | undefined;

  constructor(code: ProblemCode, errors?: WrongField[]) {
    super(code);
    this.name = 'ApiProblem';
    this.code = code;
    this.errors = errors;
  }
}

/** One line a field that cannot be taken. */
export function invalid(where: WrongField['in'], { issues }: z.ZodError): ApiProblem {
  const errors = issues.flatMap((issue) => {
    const fields = issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')];
    return fields.map((field) => ({ in: where, field: field.slice(0, 60), reason: issue.code }));
  });
  return new ApiProblem('invalid', errors);
}

export const mediaType = 'application/problem+json';

export const problemAnswer =
  (publicUrl: string): ErrorRequestHandler =>
  (error: unknown, req, res, _next) => {
    const { code, errors } = asProblem(error);
    const status = problems[code];
    res.err = status >= 500 && error instanceof Error ? error : undefined;
    if (res.headersSent) return void res.destroy();
    if (status === 401) res.set('WWW-Authenticate', 'Bearer');
    if (status === 503) res.set('Retry-After', '5');
    const language = chooseLanguage(req.get('accept-language'));
    const title = translator(language)(`api.problem.${code}`);
    res.status(status).set({ 'Cache-Control': 'no-store', 'Content-Language': language }).vary('Accept-Language');
    res.type(mediaType).send(JSON.stringify({ type: `${publicUrl}/api#${code}`, title, status, code, errors }));
  };

function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof AppError && error.status === 429) return new ApiProblem('too_many');
  if (isUnavailable(error)) return new ApiProblem('unavailable');
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  if (status === 413) return new ApiProblem('too_large');
  return new ApiProblem(status >= 400 && status < 500 ? 'bad_json' : 'internal');
}
