import type { FieldCipher } from './crypto.ts';

/** The sealed columns of one row, by their names; what is empty stays empty. */
export interface RowCipher {
  seal<T extends string | null>(column: string, text: T): T extends string ? Buffer : null;
  /** @throws Error as `FieldCipher.open` does */
  open<T extends Buffer | null>(column: string, data: T): T extends Buffer ? string : null;
}

export function rowCipher(cipher: FieldCipher, table: string, row: string): RowCipher {
  return {
    seal: <T extends string | null>(column: string, text: T) =>
      (text === null ? null : cipher.seal({ table, column, row }, text)) as T extends string ? Buffer : null,
    open: <T extends Buffer | null>(column: string, data: T) =>
      (data === null ? null : cipher.open({ table, column, row }, data)) as T extends Buffer ? string : null,
  };
}
