import type { RefusalCode } from '../../domain/request.ts';
import type { Translate } from '../../platform/i18n.ts';

/** Refusals whose usual sentence sends a visitor to the department, or to a new reservation. */
const forVisitors: readonly RefusalCode[] = ['closed', 'failed', 'full', 'lost'];

/** Why what a member of staff asked of a reservation was not done. */
export const refusalForStaff = (t: Translate, code: RefusalCode): string =>
  t(forVisitors.includes(code) ? `refusal_staff.${code}` : `refusal.${code}`);
