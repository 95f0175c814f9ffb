import type { ActingWay } from '../../domain/staff-role.ts';
import type { Translate } from '../../platform/i18n.ts';
import type { ActingRight } from '../../store/approval/decision.ts';

/** Who did something, as every line says it: alone, or for somebody as their delegate or assistant. */
export function actedBy(t: Translate, name: string, stoodInFor?: { via: ActingWay; name: string }): string {
  return stoodInFor ? t(`standing_in.by.${stoodInFor.via}`, { name, behalf: stoodInFor.name }) : name;
}

/** Whom a right is for, by name; undefined for somebody's own. */
export function named(names: Map<string, string>, { via, behalf }: Partial<ActingRight>) {
  return via && behalf ? { via, name: names.get(behalf) ?? '' } : undefined;
}
