import { joined } from '../bytes.ts';
import { log, whatFailed } from '../observe/log.ts';
import type { TradeBatch } from '../engine/trade-rows.ts';
import type { BacktestSummary } from '../schemas/result.ts';
import { ROW_BYTES, type StoredResult } from './stored.ts';

/** The least size of a part of a multipart upload to R2, all but the last of which are of one size. */
const PART_BYTES = 5 * 1024 * 1024;

/**
 * Writes a result of any size while it comes about: what a row can hold stays in memory, more goes to the bucket in parts.
 * Holds a few parts at most. Every writer is closed in the end.
 */
export class ResultWriter {
  readonly #bucket: R2Bucket;
  readonly #key: string;
  readonly #encoder = new TextEncoder();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;
  #upload: R2MultipartUpload | null = null;
  readonly #parts: R2UploadedPart[] = [];

  /** @param key of the object, if there will be one. */
  constructor(bucket: R2Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Length of the trades so far, in bytes of JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next trades, and holds them until {@link drain}. */
  add(trades: TradeBatch): void {
    for (const rows of trades.json()) {
      const bytes = this.#encoder.encode(this.#bytes === 0 ? rows : `,${rows}`);
      this.#bytes += bytes.length;
      this.#keep(bytes);
    }
  }

  /** Sends off what fills a part, or several. */
  async drain(): Promise<void> {
    if (this.#pendingBytes < PART_BYTES) return;
    const bytes = this.#takePending();
    let from = 0;
    for (; bytes.length - from >= PART_BYTES; from += PART_BYTES)
      await this.#uploadPart(bytes.subarray(from, from + PART_BYTES));
    this.#keep(bytes.slice(from));
  }

  /** Ends the result, and tells how it is stored: whatever lies in the bucket is there for good. */
  async finish({ metrics, equity_curve, warnings }: BacktestSummary): Promise<StoredResult> {
    const head = JSON.stringify({ metrics, equity_curve });
    const before = this.#encoder.encode(`${head.slice(0, -1)},"trades":[`);
    const after = this.#encoder.encode(`],"warnings":${JSON.stringify(warnings)}}`);
    const rest = this.#takePending();
    if (this.#upload === null && before.length + rest.length + after.length <= ROW_BYTES)
      return { kind: 'row', bytes: joined([before, rest, after]) };
    if (this.#upload === null) await this.#bucket.put(this.#key, rest);
    else {
      if (rest.length > 0) await this.#uploadPart(rest);
      await this.#upload.complete(this.#parts);
      this.#upload = null;
    }
    return { kind: 'object', key: this.#key, before, after };
  }

  /** Takes back what a result that was not finished has sent to the bucket. What cannot be taken back R2 drops within a week. */
  async close(): Promise<void> {
    try {
      await this.#upload?.abort();
    } catch (error) {
      log('warn', 'upload_not_aborted', { key: this.#key, ...whatFailed(error) });
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #takePending(): Uint8Array {
    const bytes = joined(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  async #uploadPart(bytes: Uint8Array): Promise<void> {
    this.#upload ??= await this.#bucket.createMultipartUpload(this.#key);
    this.#parts.push(await this.#upload.uploadPart(this.#parts.length + 1, bytes));
  }
}
