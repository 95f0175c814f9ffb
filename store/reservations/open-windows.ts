import { openStages } from '../../domain/reservation.ts';
import type { Reads } from '../../platform/reads.ts';

/**
 * When a visitor, or the companion whom they book for, is expected on a campus already: by the rule of overlap (store/reservations/admission.ts), those times cannot be
 * asked for once more.
 *
 * @param apart a reservation that is being corrected does not stand in its own way
 */
export function openWindowsOf(
  reads: Reads,
  visitor: string,
  { campus, apart, companion }: { campus: string; apart?: string | undefined; companion?: string | undefined },
): Promise<{ from: Date; until: Date }[]> {
  return reads.rows(openWindows, [visitor, campus, companion ?? null, apart ?? null, openStages]);
}

const openWindows = `select r.visit_from as "from", r.visit_until as "until" from reservation r
  where r.visitor_id = $1 and r.campus_id = $2 and r.stage = any($5)
    and r.visit_until > now() and r.id is distinct from $4::uuid
    and (select companion_id from reservation_person where submission_id = r.submission_id and ordinal = 0)
      is not distinct from $3::uuid`;
