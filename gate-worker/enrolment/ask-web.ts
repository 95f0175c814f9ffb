import { type EnrolmentState, enrolmentState } from '../../domain/gate-enrolment.ts';

const patience = 10_000;

const sentences: Record<number, string> = {
  400: 'The server does not understand this release of the gate: use the same on both.',
  404: 'The server knows no enrolment: is its address right, and is it of the same release?',
  429: 'Too many boxes asked from this network. Wait a quarter of an hour.',
};

/** @throws Error with a sentence for whoever stands before the box */
export async function askWeb(
  server: string,
  path: string,
  said: object,
  signal: AbortSignal | undefined,
): Promise<EnrolmentState> {
  const answer = await fetch(server + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(said),
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
  }).catch((cause) => {
    throw new Error(`${server} does not answer. Nothing is lost: the same command goes on.`, { cause });
  });
  const body: unknown = await answer.json().catch(() => undefined);
  const state = enrolmentState.safeParse(body).data;
  if (answer.ok && state) return state;
  if (JSON.stringify(body)?.includes('"clock"'))
    throw new Error("This box's clock differs from the server's by more than two minutes: set it, and begin again.");
  throw new Error(
    sentences[answer.status] ?? `The server answers ${answer.status}. Nothing is lost: the same command goes on.`,
  );
}
