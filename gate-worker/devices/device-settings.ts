import { z } from 'zod';

/** What every device is set up with. */

/** Which way its arm leads. It is set where the gate is set up; what the device says of it is not believed. */
const arm = z.enum(['in', 'out', 'both']);

export const shape = <K extends string, S extends z.ZodRawShape>(kind: K, more: S) =>
  z.strictObject({
    kind: z.literal(kind),
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
    direction: arm,
    ...more,
  });

/** Of its own, for every device. */
export const secret = z
  .string()
  .min(16)
  .max(200)
  .regex(/^[\x21-\x7e]+$/);

export interface DeviceSettings {
  kind: string;
  name: string;
  direction: z.output<typeof arm>;
}
