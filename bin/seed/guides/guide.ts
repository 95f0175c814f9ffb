import type { GuideKind } from '../../../store/content/guide.ts';

/** A guide as the demo publishes it, in Markdown; an office writes its own. */
export type SeedGuide = {
  kind: GuideKind;
  title: { zh: string; en: string };
  zh: string;
  en: string;
};
