import { z } from 'zod';
import { type Language, type Translate, translator } from '../../platform/i18n.ts';
import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import { alwaysPossible, mediaType, type ProblemCode, problems } from './problem.ts';
import { named } from './schemas.ts';

/** The OpenAPI document (3.1), out of the same declarations that the server answers by. */

export const apiVersion = '1.0.0';

export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  security: object[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: {
    securitySchemes: Record<string, object>;
    schemas: Record<string, JsonSchema>;
    responses: Record<string, object>;
  };
}

export interface DocumentedOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  'x-scope': string;
  parameters?: Parameter[];
  requestBody?: object;
  responses: Record<string, object>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}

export interface JsonSchema {
  $ref?: string;
  type?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  enum?: string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** @param publicUrl without a slash at the end */
export function documentOf(publicUrl: string, language: Language): ApiDocument {
  const t = translator(language);
  const codes = Object.keys(problems) as ProblemCode[];
  return {
    openapi: '3.1.1',
    info: {
      title: t('api.title'),
      version: apiVersion,
      description: t('api.lead'),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: `${publicUrl}/api/v1` }],
    security: [{ key: [] }],
    tags: [...new Set(operations.map(tagOf))].map((tag) => ({ name: tag, description: t(`api.tag.${tag}`) })),
    paths: pathsOf(t),
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: t('api.key_text') } },
      schemas: schemasOf(t),
      responses: Object.fromEntries(codes.map((code) => [code, problemResponse(t, code)])),
    },
  };
}

const tagOf = ({ path }: Operation): string => path.split('/')[1] ?? '';

function pathsOf(t: Translate): ApiDocument['paths'] {
  const paths: ApiDocument['paths'] = {};
  for (const one of operations) paths[one.path] = { ...paths[one.path], [one.method]: describe(t, one) };
  return paths;
}

function describe(t: Translate, one: Operation): DocumentedOperation {
  const parameters = [
    ...parametersOf(t, 'path', one.params),
    ...parametersOf(t, 'query', one.query),
    ...(one.repeatable ? [idempotencyKey(t)] : []),
  ];
  return {
    operationId: one.id,
    tags: [tagOf(one)],
    summary: t(`api.operation.${one.id}`),
    description: t('api.needs_scope', { scope: one.scope }),
    'x-scope': one.scope,
    ...(parameters.length > 0 && { parameters }),
    ...(one.body && {
      requestBody: { required: true, content: { 'application/json': { schema: refTo(one.body) } } },
    }),
    responses: {
      [one.status]: { description: t('api.done'), content: { 'application/json': { schema: refTo(one.answer) } } },
      ...Object.fromEntries(
        [...alwaysPossible, ...one.refusals].map((code) => [
          problems[code],
          { $ref: `#/components/responses/${code}` },
        ]),
      ),
    },
  };
}

function parametersOf(t: Translate, where: Parameter['in'], schema: z.ZodObject | undefined): Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = translated(t, z.toJSONSchema(schema, { io: 'input' }));
  return Object.entries(properties).map(([parameter, { description, ...rest }]) => ({
    name: parameter,
    in: where,
    required: where === 'path' || required.includes(parameter),
    ...(description && { description }),
    schema: rest,
  }));
}

const idempotencyKey = (t: Translate): Parameter => ({
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: t('api.field.idempotency_key'),
  schema: { type: 'string', minLength: 1, maxLength: 200 },
});

function refTo(schema: z.ZodType): JsonSchema {
  const id = named.get(schema)?.id;
  if (!id) throw new Error('A schema of the API has no name');
  return { $ref: `#/components/schemas/${id}` };
}

function schemasOf(t: Translate): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(named, { uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, translated(t, schema)]));
}

/** With its sentences, and without what stands in a document of JSON Schema alone, or says a format twice. */
function translated(t: Translate, schema: object): JsonSchema {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null) return node;
    const { $schema, $id, about, pattern, ...rest } = node as Record<string, unknown>;
    return {
      ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, walk(value)])),
      ...(typeof about === 'string' && { description: t(`api.field.${about}`) }),
      ...(pattern !== undefined && rest.format === undefined && { pattern }),
    };
  };
  return walk(schema) as JsonSchema;
}

const problemResponse = (t: Translate, code: ProblemCode): object => ({
  description: t(`api.problem.${code}`),
  ...(code === 'too_many' && {
    headers: { 'Retry-After': { description: t('api.retry_after'), schema: { type: 'integer' } } },
  }),
  content: { [mediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
});
