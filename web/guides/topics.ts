import { type GuideKind, guideKinds } from '../../store/content/guide.ts';

/** The four tabs in the visitor guide's order, as addresses write them. */
export const topics: readonly { kind: GuideKind; topic: string }[] = guideKinds.map((kind) => ({
  kind,
  topic: kind.replaceAll('_', '-'),
}));

/** Undefined when there is no such topic. */
export const kindOf = (topic: unknown): GuideKind | undefined => topics.find((one) => one.topic === topic)?.kind;
