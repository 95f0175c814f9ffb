import { type MarkedField, markableIn, markLabel } from '../../../domain/marked-field.ts';
import type { Channel } from '../../../domain/reservation.ts';

/** Fields of the visit form that an approver marks as they send it back. Each form of the page has boxes of its own names. */
export function marksNamed<Prefix extends string>(prefix: Prefix) {
  type Name = `${Prefix}_${MarkedField}`;
  const nameOf = (field: MarkedField): Name => `${prefix}_${field}`;
  return {
    names: [...new Set([...markableIn('personal'), ...markableIn('official')])].map(nameOf),
    /** Name and label (catalogue key) of each box. */
    boxes: (channel: Channel) => markableIn(channel).map((field) => ({ name: nameOf(field), label: markLabel(field) })),
    /** What was ticked, as a decision keeps it. */
    read(texts: Partial<Record<Name, string>>, channel: Channel): { marked?: MarkedField[] } {
      const marked = markableIn(channel).filter((field) => texts[nameOf(field)] === 'on');
      return marked.length > 0 ? { marked } : {};
    },
  };
}
