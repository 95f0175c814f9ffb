import { dropIdle, dropUnseen } from '../../../domain/characters.ts';
import { type PlanShape, planExtent, readPlan, writePlan } from '../../../domain/plan.ts';
import { findTextProblem, normaliseText } from '../../../domain/text.ts';
import { readLogo } from './logo-svg.ts';

/** One column in an edit form: how its value is shown as text, and how the text is read. */
export interface Field {
  /** Of the input and of the column. */
  name: string;
  draw: 'line' | 'lines' | 'check' | 'choice';
  required?: boolean;
  max?: number;
  rows?: number;
  inputmode?: 'numeric' | 'decimal';
  /** Has a sentence of its own under `content.hint.<name>`. */
  hint?: boolean;
  show(value: unknown): string;
  /** @param before the column's present value */
  read(text: string, before: unknown): Read;
}
export type Read = { ok: true; value: unknown } | { ok: false; problem: string };

const good = (value: unknown): Read => ({ ok: true, value });
const bad = (problem: string): Read => ({ ok: false, problem });
const asText = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

const textProblems = { empty: 'field.required', long: 'field.too_long', characters: 'field.characters' } as const;
/** As written: an office's full-width signs stay what they are. */
const oneLine = (text: string): string => dropIdle(text).normalize('NFC').trim().replace(/\s+/gu, ' ');

export function line(name: string, rules: { required?: boolean; max?: number; hint?: boolean } = {}): Field {
  const { required = false, max = 60, hint = false } = rules;
  return {
    name,
    draw: 'line',
    required,
    max,
    hint,
    show: asText,
    read(typed) {
      const text = oneLine(typed);
      const problem = findTextProblem(text, { max, required });
      return problem ? bad(textProblems[problem]) : good(text || null);
    },
  };
}

/** Both languages of one text. */
export const pair = (name: string, rules: { required?: boolean; max?: number } = {}): Field[] => [
  line(`${name}_zh`, rules),
  line(`${name}_en`, rules),
];

export function wholeNumber(name: string, rules: { least: number; most: number; required?: boolean; hint?: boolean }) {
  const { least, most, required = false, hint = false } = rules;
  return {
    name,
    draw: 'line',
    required,
    max: 8,
    inputmode: 'numeric',
    hint,
    show: asText,
    read(typed) {
      const text = dropUnseen(typed).normalize('NFKC').trim();
      if (text === '') return required ? bad('field.required') : good(null);
      const value = Number(text);
      return /^\d{1,7}$/.test(text) && value >= least && value <= most ? good(value) : bad('content.problem.number');
    },
  } satisfies Field;
}

/** WGS 84 degrees with at most six decimals: a tenth of a metre. */
export function degrees(name: 'latitude' | 'longitude'): Field {
  const most = name === 'latitude' ? 90 : 180;
  return {
    name,
    draw: 'line',
    max: 12,
    inputmode: 'decimal',
    hint: true,
    show: (value) => (value === null || value === undefined ? '' : String(Number(value))),
    read(typed) {
      const text = dropUnseen(typed).normalize('NFKC').trim();
      if (text === '') return good(null);
      const fits = /^-?\d{1,3}(\.\d{1,6})?$/.test(text) && Math.abs(Number(text)) <= most;
      return fits ? good(Number(text)) : bad('content.problem.degrees');
    },
  };
}

/** HH:MM; the day ends at 24:00. */
export function clock(name: 'opens_at' | 'closes_at', required = false): Field {
  return {
    name,
    draw: 'line',
    required,
    max: 5,
    // It says what leaving it out means.
    hint: !required,
    show: (value) => asText(value).slice(0, 5),
    read(typed) {
      const text = dropUnseen(typed).normalize('NFKC').trim();
      if (text === '') return required ? bad('field.required') : good(null);
      return /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text) ? good(text) : bad('content.problem.clock');
    },
  };
}

export const yesOrNo = (name: string, hint = false): Field => ({
  name,
  draw: 'check',
  hint,
  show: (value) => (value ? 'on' : ''),
  read: (text) => good(text === 'on'),
});

/** Ticked: since when it is so. The first moment stays. */
export const since = (name: 'closed_at' | 'retired_at'): Field => ({
  name,
  draw: 'check',
  hint: true,
  show: (value) => (value ? 'on' : ''),
  read: (text, before) => good(text !== 'on' ? null : (before ?? new Date())),
});

/** One of the rows that the page offers: `findProblems` of the form compares. */
export const choice = (name: string): Field => ({
  name,
  draw: 'choice',
  show: asText,
  read: (text) => good(text || null),
});

/** ISO weekdays, as digits one after the other. */
export const weekdays = (name: string): Field => ({
  name,
  draw: 'line',
  max: 14,
  hint: true,
  inputmode: 'numeric',
  show: (value) => (Array.isArray(value) ? value.join('') : ''),
  read(typed) {
    const digits = [
      ...dropUnseen(typed)
        .normalize('NFKC')
        .replace(/[\s,，、]/g, ''),
    ];
    const isOne = digits.every((digit) => /^[1-7]$/.test(digit)) && new Set(digits).size === digits.length;
    return isOne && digits.length < 7 ? good(digits.map(Number).toSorted()) : bad('content.problem.weekdays');
  },
});

export const plan = (name: string): Field => ({
  name,
  draw: 'lines',
  rows: 10,
  max: 20_000,
  hint: true,
  show(value) {
    const read = readPlan(value);
    return read.ok ? planLines(read.shapes) : JSON.stringify(value);
  },
  read(typed) {
    const text = typed.trim();
    if (text.length > 20_000) return bad('field.too_long');
    let parsed: unknown;
    try {
      parsed = text === '' ? [] : JSON.parse(text);
    } catch {
      return bad('content.problem.plan');
    }
    const read = readPlan(parsed);
    return read.ok ? good(writePlan(read.shapes)) : bad('content.problem.plan');
  },
});

/** One shape a line. */
const planLines = (shapes: PlanShape[]): string =>
  shapes.length === 0
    ? ''
    : `[\n${writePlan(shapes)
        .map((shape) => JSON.stringify(shape))
        .join(',\n')}\n]`;

/** As the gate's box is told its own: `gate.id`. `new` is the address of the form itself. */
export const gateId: Field = {
  name: 'gate_id',
  draw: 'line',
  required: true,
  max: 31,
  hint: true,
  show: asText,
  read(typed) {
    const text = dropUnseen(typed).normalize('NFKC').trim();
    if (text === '') return bad('field.required');
    return /^[a-z][a-z0-9-]{1,30}$/.test(text) && text !== 'new' ? good(text) : bad('content.problem.gate_id');
  },
};

/** Raw 32 bytes in hexadecimal, as `npm run keys` prints the public half. @param works false where nothing can be done with it */
export const publicKey = (name: string, works: (key: Buffer) => boolean = () => true): Field => ({
  name,
  draw: 'line',
  required: true,
  max: 64,
  hint: true,
  show: (value) => (Buffer.isBuffer(value) ? value.toString('hex') : ''),
  read(typed) {
    const text = dropUnseen(typed).normalize('NFKC').trim();
    if (text === '') return bad('field.required');
    const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
    return key && works(key) ? good(key) : bad('content.problem.public_key');
  },
});

export const planPoint: Field[] = ['plan_x', 'plan_y'].map((name) =>
  wholeNumber(name, { least: 0, most: planExtent, hint: name === 'plan_x' }),
);

export const logo = (name: string): Field => ({
  name,
  draw: 'lines',
  rows: 8,
  required: true,
  max: 20_000,
  hint: true,
  show: asText,
  read: (typed) => {
    const text = normaliseText(typed);
    return text === '' ? bad('field.required') : readLogo(text);
  },
});
