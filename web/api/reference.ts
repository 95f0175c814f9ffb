import { type Response, Router } from 'express';
import { apiScopes } from '../../domain/api-scope.ts';
import type { Language } from '../../platform/i18n.ts';
import type { WebDeps } from '../deps.ts';
import { type ApiDocument, documentOf, type JsonSchema, type Parameter } from './document.ts';
import { problems } from './problem.ts';

/** `/api`: the document as a page, for people who connect another system. It reads what machines read, and nothing else. */
export function referenceRoutes({ settings }: WebDeps): Router {
  const router = Router();
  router.get('/api', (_req, res: Response) => {
    const language: Language = res.locals.lang;
    const document = documentOf(settings.PUBLIC_URL, language);
    res.render('api/reference', {
      document,
      operations: operationsIn(document),
      schemas: Object.entries(document.components.schemas).map(([name, schema]) => ({
        name,
        fields: fieldsIn(schema),
      })),
      scopes: apiScopes,
      problems: Object.entries(problems),
    });
  });
  return router;
}

const operationsIn = ({ paths }: ApiDocument) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      ...one,
      method: method.toUpperCase(),
      path,
      answers: namesIn(one.responses),
      asks: one.requestBody ? namesIn(one.requestBody) : [],
      fields: (one.parameters ?? []).map((parameter: Parameter) => ({ ...parameter, type: typeOf(parameter.schema) })),
    })),
  );

/** The named schemas that a part of the document leads to. */
const namesIn = (part: object): string[] => [
  ...new Set([...JSON.stringify(part).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name = '']) => name)),
];

const fieldsIn = ({ properties = {}, required = [] }: JsonSchema) =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    required: required.includes(name),
    description: schema.description,
  }));

/** As a developer reads it: `string (uuid)`, `Visit[]`, `a | b`. */
function typeOf(schema: JsonSchema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.items) return `${typeOf(schema.items)}[]`;
  return `${schema.type ?? ''}${schema.format ? ` (${schema.format})` : ''}`;
}
