/** Where the box belongs: a campus that gets one more gate, or a gate whose box is replaced. */
export type Place =
  | { kind: 'gate'; campus: string; name: { 'zh-CN': string; en: string } }
  | { kind: 'box'; gate: string; name: { 'zh-CN': string; en: string } };

/** As forms carry it. */
export const placeFields = (place: Place): Record<string, string> =>
  place.kind === 'gate' ? { campus: place.campus } : { gate: place.gate };

/** The page on which a code is typed for it. */
export const pathOf = (place: Place): string =>
  `/admin/content/enrolments/new?${new URLSearchParams(placeFields(place))}`;
