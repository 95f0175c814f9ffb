import { dayOf } from '../../domain/time.ts';
import { type Person, platesOf } from '../../store/people/person.ts';
import { type PhotoKind, photosOf } from '../../store/people/photo.ts';
import type { WebDeps } from '../deps.ts';

/** What is kept of a person beside the form's texts: the block 访客信息 shows it. */
export interface AboutPerson {
  /** The usual one first. */
  plates: string[];
  /** 'YYYY-MM-DD' of the last check; undefined while nothing is kept. */
  checkedOn?: string;
  /** Ids of photographs. */
  photos: Partial<Record<PhotoKind, string>>;
}

export async function aboutPerson(
  { reads }: Pick<WebDeps, 'reads'>,
  visitor: string,
  asked: Person | undefined | Promise<Person | undefined>,
): Promise<AboutPerson> {
  const [person, photos] = await Promise.all([asked, photosOf(reads, visitor)]);
  return {
    plates: platesOf(person),
    ...(person ? { checkedOn: dayOf(person.checkedAt) } : {}),
    photos: Object.fromEntries(photos.map(({ kind, id }) => [kind, id])),
  };
}
