import {
  Table,
  field,
  float64,
  int32,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  uint32,
} from '@uwdata/flechette';
import type { BarChunk } from './bars.ts';

/** In the metadata: how many bars have no volume. Files from before it was counted do not say. */
const SILENT_BARS = 'silent_bars';

const FIELDS = [
  field('open_time', uint32(), false),
  field('open', int32(), false),
  field('high', int32(), false),
  field('low', int32(), false),
  field('close', int32(), false),
  field('volume', float64(), false),
];

/**
 * Bars as one Arrow IPC file of one record batch, uncompressed, which data tools open as it is.
 * `open_time` is in seconds since the epoch, prices are in ticks; the schema's metadata names the tick, so that the file says
 * on its own what its prices are, and counts the bars without volume. The same bars and tick give the same bytes.
 */
export function encodeBars(bars: BarChunk, tick: string): Uint8Array {
  const plain = tableFromArrays([
    ['open_time', bars.time],
    ['open', bars.open],
    ['high', bars.high],
    ['low', bars.low],
    ['close', bars.close],
    ['volume', bars.volume],
  ]);
  const metadata = new Map([
    ['tick', tick],
    ['open_time_unit', 'seconds since the epoch'],
    ['price_unit', 'ticks'],
    [SILENT_BARS, String(bars.volume.filter((volume) => volume === 0).length)],
  ]);
  const table = new Table({ ...plain.schema, fields: FIELDS, metadata }, plain.children);
  const bytes = tableToIPC(table, { format: 'file' });
  if (bytes === null) throw new Error('The Arrow encoder gave no bytes.');
  return bytes;
}

/**
 * The columns of a file made by {@link encodeBars}, as views of the given memory: nothing is copied.
 * @throws Error when the bytes are not such a file.
 */
export function decodeBars(bytes: ArrayBuffer): BarChunk {
  const table = tableFromIPC(bytes);
  return {
    length: table.numRows,
    time: column(table, 'open_time', Uint32Array),
    open: column(table, 'open', Int32Array),
    high: column(table, 'high', Int32Array),
    low: column(table, 'low', Int32Array),
    close: column(table, 'close', Int32Array),
    volume: column(table, 'volume', Float64Array),
    isTraded: table.schema.metadata?.get(SILENT_BARS) === '0',
  };
}

function column<Values>(table: Table, name: string, kind: abstract new (...args: never[]) => Values): Values {
  const values: unknown = table.names.includes(name) ? table.getChild(name).toArray() : undefined;
  if (values instanceof kind) return values;
  throw new Error(`The candle file has no column ${name} of the expected type.`);
}
