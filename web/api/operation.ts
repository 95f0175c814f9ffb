import { z } from 'zod';
import type { ApiScope } from '../../domain/api-scope.ts';
import type { AuditSubject } from '../../store/audit/audit.ts';
import type { WebDeps } from '../deps.ts';
import type { Caller } from './guard.ts';
import { ApiProblem, invalid, type ProblemCode } from './problem.ts';

/**
 * One thing that another system may ask for, said once: the router and the document are both made of it, so that neither says
 * what the other does not.
 */
export interface Operation {
  /** Also the name of its sentence, `api.operation.<id>`. */
  id: string;
  method: 'get' | 'post';
  /** Below `/api/v1`, with `{id}` and the like. */
  path: string;
  scope: ApiScope;
  params: z.ZodObject | undefined;
  query: z.ZodObject | undefined;
  status: 200 | 201;
  answer: z.ZodType;
  /** Beside what every operation may answer. */
  refusals: readonly ProblemCode[];
  /** @throws ApiProblem */
  answerTo(call: Call, sent: Sent): Promise<Answered>;
}

export interface Call {
  deps: WebDeps;
  by: Caller;
}

export interface Sent {
  params: unknown;
  query: unknown;
}

export interface Answered {
  answer: unknown;
  /** What it was about, for the audit; left out: a list. */
  subject?: { kind: AuditSubject; id: string };
  /** Ids, counts, codes, for the audit. */
  detail?: Record<string, unknown>;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

interface Declared<P extends z.ZodObject, Q extends z.ZodObject, A extends z.ZodType> {
  id: string;
  method: Operation['method'];
  path: string;
  scope: ApiScope;
  params?: P;
  query?: Q;
  answer: A;
  handle(
    call: Call,
    asked: { params: z.output<P>; query: z.output<Q> },
  ): Promise<Omit<Answered, 'answer'> & { answer: z.input<A> }>;
}

export function operation<A extends z.ZodType, P extends z.ZodObject = Nothing, Q extends z.ZodObject = Nothing>(
  declared: Declared<P, Q, A>,
): Operation {
  const { id, method, path, scope, answer } = declared;
  const [params, query] = [declared.params, declared.query];
  return {
    id,
    method,
    path,
    scope,
    params,
    query,
    status: 200,
    answer,
    refusals: [...(params ? (['not_found'] as const) : []), ...(query ? (['invalid'] as const) : [])],
    async answerTo(call, sent) {
      const asked = {
        // An address that cannot be one of ours is the address of nothing.
        params: read(params ?? nothing, sent.params, () => new ApiProblem('not_found')) as z.output<P>,
        query: read(query ?? nothing, sent.query, (error) => invalid('query', error)) as z.output<Q>,
      };
      const answered = await declared.handle(call, asked);
      // What the document does not name goes nowhere.
      return { ...answered, answer: answer.parse(answered.answer) };
    },
  };
}

function read<S extends z.ZodType>(schema: S, sent: unknown, problem: (error: z.ZodError) => ApiProblem): z.output<S> {
  const parsed = schema.safeParse({ ...(sent as object) });
  if (!parsed.success) throw problem(parsed.error);
  return parsed.data;
}
