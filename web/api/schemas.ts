import { z } from 'zod';
import { ApiProblem } from './problem.ts';

/** What several operations say alike. A schema's sentence is `api.field.<about>` of both languages. */

/** Names the schemas of the document. */
export const named = z.registry<{ id: string }>();

export function name<S extends z.ZodType>(id: string, schema: S): S {
  named.add(schema, { id });
  return schema;
}

/** Says in the document what a field is. */
export const said = <S extends z.ZodType>(about: string, schema: S): S => schema.meta({ about }) as S;

export const localized = name('Name', z.object({ 'zh-CN': z.string(), en: z.string() }));
export const instant = z.iso.datetime();
/** Asia/Shanghai or any other offset, always said. */
export const askedInstant = z.iso.datetime({ offset: true });

/** Of a list: how much of it, and where it goes on. */
export const paging = {
  limit: said('limit', z.coerce.number().int().min(1).max(100).default(50)),
  cursor: said('cursor', z.base64url().max(200)).optional(),
};
export const next = said('next', z.string().nullable());

/** A cursor names the last row of a page; what is in it may change. */
export const cursorOf = (last: string | undefined): string | null =>
  last === undefined ? null : Buffer.from(last).toString('base64url');
export const badCursor = (): ApiProblem =>
  new ApiProblem('invalid', [{ in: 'query', field: 'cursor', reason: 'invalid_format' }]);
export const lastOf = (cursor: string | undefined): string | undefined =>
  cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();

export const problem = name(
  'Problem',
  z.object({
    type: said('problem.type', z.url()),
    title: said('problem.title', z.string()),
    status: said('problem.status', z.int()),
    code: said('problem.code', z.string()),
    errors: said(
      'problem.errors',
      z.array(z.object({ in: z.enum(['query', 'body', 'header']), field: z.string(), reason: z.string() })),
    ).optional(),
  }),
);
