import { checkDigit } from '../domain/identity-number.ts';
import { toLocalInput } from '../domain/time.ts';

/** Somebody who visits, as they type themselves into a form. All synthetic. */
export interface Visitor {
  name: string;
  sex: '男' | '女';
  /** The number they registered with. */
  phone: string;
  /** The number in the form, where it is another one. */
  contact?: string;
  documentType: '身份证' | '护照';
  document: string;
  plate: string;
  unit: string;
}

const familyNames = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏'];
const givenNames = ['思远', '雨桐', '子墨', '若兰', '明哲', '静怡', '浩然', '晓彤', '文博', '梓涵'];

/** The nth of a crowd in which nobody shares a name, a number, a document or a plate. */
export function aVisitor(n: number): Visitor {
  const family = familyNames[Math.floor(n / givenNames.length) % familyNames.length];
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  const male = n % 2 === 1;
  // Region 110199 is given to nobody.
  const number = `110199${1970 + (n % 30)}0101${digits(n % 1000, 3)}`;
  return {
    name: `${family}${givenNames[n % givenNames.length]}`,
    sex: male ? '男' : '女',
    phone: `139${digits(10_000_000 + n * 7_919, 8)}`,
    documentType: '身份证',
    document: number + checkDigit(number),
    plate: `冀A${digits(10_000 + n, 5)}`,
    unit: `第${n + 1}实验中学`,
  };
}

/** A window that has begun a minute ago and ends so many milliseconds from now, as a form takes it. */
export function windowOf(lasting: number, now = Date.now()): { from: string; until: string } {
  return { from: toLocalInput(new Date(now - 60_000)), until: exactLocal(new Date(now + lasting)) };
}

/** The same as the form's four controls take it. */
export function controlsOf({ from, until }: { from: string; until: string }) {
  const [from_day = '', from_time = ''] = from.split('T');
  const [until_day = '', until_time = ''] = until.split('T');
  return { from_day, from_time, until_day, until_time };
}

/** With seconds: a test's visit need not last to the full minute. */
const exactLocal = (at: Date): string => new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 19);
