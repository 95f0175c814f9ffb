import type { NoticeKind } from '../../../store/content/notice.ts';

/** A notice as the demo publishes it, in Markdown; an office writes its own. */
export type SeedNotice = {
  kind: NoticeKind;
  title: { zh: string; en: string };
  zh: string;
  en: string;
};
