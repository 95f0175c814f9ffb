import type { ErrorRequestHandler, Response } from 'express';
import { ScimRefusal, userSchema } from '../../domain/scim.ts';
import { AppError } from '../../platform/errors.ts';
import { isUnavailable } from '../../platform/unavailable.ts';
import type { DirectoryUser } from '../../store/staff/directory.ts';

/** Answers as SCIM has them: resources, lists and errors. */

export const mediaType = 'application/scim+json';

export function answer(res: Response, body: object, status = 200): void {
  res.status(status).set('Cache-Control', 'no-store').type(mediaType).send(JSON.stringify(body));
}

export const placeOf = (publicUrl: string, id: string): string => `${publicUrl}/scim/v2/Users/${id}`;

export function resourceOf(publicUrl: string, user: DirectoryUser): object {
  return {
    schemas: [userSchema],
    id: user.id,
    ...(user.externalId !== null && { externalId: user.externalId }),
    userName: user.userName,
    name: { formatted: user.name },
    displayName: user.name,
    active: user.active,
    meta: { resourceType: 'User', created: user.createdAt.toISOString(), location: placeOf(publicUrl, user.id) },
  };
}

export const listOf = (resources: object[], total: number, startIndex = 1): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: total,
  startIndex,
  itemsPerPage: resources.length,
  Resources: resources,
});

/** Never what somebody sent: a detail is a sentence of ours. */
export const errorAnswer: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  const refusal = refusalOf(error);
  res.err = refusal.status >= 500 && error instanceof Error ? error : undefined;
  if (res.headersSent) return void res.destroy();
  if (refusal.status === 401) res.set('WWW-Authenticate', 'Bearer');
  const { status, scimType, message } = refusal;
  const body = {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType && { scimType }),
    detail: message,
  };
  answer(res, body, status);
};

function refusalOf(error: unknown): ScimRefusal {
  if (error instanceof ScimRefusal) return error;
  if (error instanceof AppError && error.status === 429) return new ScimRefusal(429, 'Too many requests');
  if (isUnavailable(error)) return new ScimRefusal(503, 'Try again in a moment');
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  if (status === 413) return new ScimRefusal(413, 'The body is too large');
  if (status >= 400 && status < 500) return new ScimRefusal(400, 'The body is no JSON', 'invalidSyntax');
  return new ScimRefusal(500, 'Something went wrong here');
}
