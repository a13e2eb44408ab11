import type { Row, View } from './model/world.ts';

/** What lies in the storage of an account and its jobs, read without waking anything that is due. Times as in the model. */
export interface Seen {
  now: number;
  /** Oldest first. */
  jobs: SeenJob[];
  /** When the account's alarm rings. */
  alarm: number | null;
  slots: number;
}

export interface SeenJob {
  id: string;
  tag: number;
  /** What the account has; `version` 0: the job is only intended. */
  account: View & { version: number; dispatchedAt: number | null };
  /** What the job object has; null while there is none. */
  object: SeenObject | null;
}

export interface SeenObject extends View {
  attempts: number;
  lease: string | null;
  leaseUntil: number | null;
  told: boolean;
  trail: Row[];
  alarm: number | null;
}
