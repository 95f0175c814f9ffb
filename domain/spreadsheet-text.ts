/** Text that a spreadsheet would take for a formula gets an apostrophe: it is shown and not run. People type names. */
export const spreadsheetText = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
