import type { FieldCipher } from '../../platform/crypto.ts';

/** Opens the sealed columns of one row; what is empty stays empty. */
export const opener = (cipher: FieldCipher, table: string, row: string) => (column: string, data: Buffer | null) =>
  data && cipher.open({ table, column, row }, data);
