/** What the exit code of `pipai` tells a script. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  unavailable: 4,
  jobFailed: 5,
  jobCancelled: 6,
  jobUnfinished: 7,
  interrupted: 130,
} as const;

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'as asked; of a job that was watched: it is done',
  unexpected: 'something went wrong that should not have',
  usage: 'wrong usage, or a setting is missing; nothing was sent',
  refused: 'the service refused (4xx); its code is in the message',
  unavailable: 'no answer, or the service cannot act right now (5xx)',
  jobFailed: 'the job ended failed (watch, submit --watch, result)',
  jobCancelled: 'the job ended cancelled (watch, submit --watch, result)',
  jobUnfinished: 'the job has not ended yet (result)',
  interrupted: 'interrupted, or a question was answered with no',
};

/** The table of exit codes as plain lines, for `--help`. */
export function exitCodeLines(): string[] {
  return entries(EXIT).map(([name, code]) => `${String(code).padStart(5)}  ${MEANINGS[name]}`);
}

function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][];
function entries(record: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(record);
}
