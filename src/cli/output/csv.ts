/** What a cell may hold; null and undefined are empty. */
export type CsvValue = string | number | null | undefined;

/** Rows as CSV of RFC 4180 with a header, except that lines end with LF, which is what the tools of a pipe read. */
export function csv(header: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

/** Records as CSV; the columns are all of their names, in the order in which they first come. */
export function csvOfRecords(
  records: readonly Readonly<Record<string, CsvValue>>[],
  known: readonly string[],
): string {
  const names = [...new Set([...known, ...records.flatMap((record) => Object.keys(record))])];
  return csv(
    names,
    records.map((record) => names.map((name) => record[name])),
  );
}

function cell(value: CsvValue): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
