import { z } from 'zod';
import type { ApiScope } from '../../domain/api-scope.ts';
import type { Once } from '../../store/api/once.ts';
import type { AuditRecord, AuditSubject } from '../../store/audit/audit.ts';
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
  body: z.ZodType | undefined;
  /** Sent again under the same `Idempotency-Key`, it is the same request. */
  repeatable: boolean;
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
  /** What every record of this call has. */
  recorded: Pick<AuditRecord, 'actor' | 'addressHash' | 'requestId'>;
  /** Left out: it is not said what it is the same as. */
  once?: (body: unknown) => Pick<Once, 'name' | 'body'>;
}

export interface Sent {
  params: unknown;
  query: unknown;
  body: unknown;
}

export interface Answered {
  answer: unknown;
  /** What it was about, for the audit; left out: a list. */
  subject?: { kind: AuditSubject; id: string };
  /** Visits whose people are in the answer: each has a record of its own, which its visitor sees. */
  people?: string[];
  /** Ids, counts, codes, for the audit. */
  detail?: Record<string, unknown>;
  /** It stands in the audit already, written with what it changed. */
  recorded?: true;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

interface Declared<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType, A extends z.ZodType> {
  id: string;
  method: Operation['method'];
  path: string;
  scope: ApiScope;
  params?: P;
  query?: Q;
  body?: B;
  repeatable?: true;
  status?: 201;
  answer: A;
  handle(
    call: Call,
    asked: { params: z.output<P>; query: z.output<Q>; body: z.output<B> },
  ): Promise<Omit<Answered, 'answer'> & { answer: z.input<A> }>;
}

const ofAddress: readonly ProblemCode[] = ['not_found'];
const ofBody: readonly ProblemCode[] = ['bad_json', 'too_large'];
const ofFields: readonly ProblemCode[] = ['invalid'];

export function operation<
  A extends z.ZodType,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = Nothing,
>(declared: Declared<P, Q, B, A>): Operation {
  const { handle, repeatable = false, status = 200, params, query, body, ...rest } = declared;
  return {
    ...rest,
    params,
    query,
    body,
    repeatable,
    status,
    refusals: [...(params ? ofAddress : []), ...(body ? ofBody : []), ...(query || body ? ofFields : [])],
    async answerTo(call, sent) {
      const asked = {
        // An address that cannot be one of ours is the address of nothing.
        params: read(
          params ?? nothing,
          { ...(sent.params as object) },
          () => new ApiProblem('not_found'),
        ) as z.output<P>,
        query: read(query ?? nothing, { ...(sent.query as object) }, (error) => invalid('query', error)) as z.output<Q>,
        body: read(body ?? nothing, body ? sent.body : {}, (error) => invalid('body', error)) as z.output<B>,
      };
      const answered = await handle(call, asked);
      // What the document does not name goes nowhere.
      return { ...answered, answer: declared.answer.parse(answered.answer) };
    },
  };
}

function read<S extends z.ZodType>(schema: S, sent: unknown, problem: (error: z.ZodError) => ApiProblem): z.output<S> {
  const parsed = schema.safeParse(sent);
  if (!parsed.success) throw problem(parsed.error);
  return parsed.data;
}
