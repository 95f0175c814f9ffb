import { isMobilePhone, normalisePhone } from '../../domain/phone.ts';
import { normaliseIdentifier, searchWord } from '../../domain/text.ts';
import { isUuid } from '../is-uuid.ts';

export type SearchTerm =
  | { by: 'id'; id: string }
  | { by: 'phone'; phone: string }
  | { by: 'document'; document: string }
  | { by: 'nothing' };

/** What somebody pasted into the one search field: a reservation's id, a phone, else a document number. */
export function readSearchTerm(text: string): SearchTerm {
  const id = searchWord(text);
  if (isUuid(id)) return { by: 'id', id };
  const phone = normalisePhone(text);
  if (isMobilePhone(phone)) return { by: 'phone', phone };
  const document = normaliseIdentifier(text);
  return document === '' ? { by: 'nothing' } : { by: 'document', document };
}
