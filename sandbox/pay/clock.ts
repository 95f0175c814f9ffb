/** Shanghai has been UTC+8 all the year since 1991. */
const inShanghai = (at: Date): string => new Date(at.getTime() + 8 * 3600_000).toISOString();

/** `2026-11-30T10:00:00+08:00` */
export const shanghaiTime = (at: Date): string => `${inShanghai(at).slice(0, 19)}+08:00`;
/** `2026-11-30 10:00:00`, as a bill has it. */
export const shanghaiText = (at: Date): string => inShanghai(at).slice(0, 19).replace('T', ' ');
/** `2026-11-30` */
export const shanghaiDay = (at: Date): string => inShanghai(at).slice(0, 10);
