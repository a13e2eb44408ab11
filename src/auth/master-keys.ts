/** The operator's master keys: `MASTER_KEY` is version 1, `MASTER_KEY_2` to `MASTER_KEY_9999` are later ones. */

const PREFIX = 'MASTER_KEY';
const NAME = /^MASTER_KEY(?:_([2-9]|[1-9][0-9]{1,3}))?$/;

/** A master key and its version, as API keys name it. */
export interface MasterKey {
  readonly version: string;
  readonly text: string;
}

/** The master keys that stand. */
export interface MasterKeys {
  /** That of the highest version: new API keys are derived from it. */
  readonly newest: MasterKey;
  /** All of them. What is not here has no API keys. */
  readonly byVersion: ReadonlyMap<string, MasterKey>;
}

/**
 * Reads the master keys among the bindings of the Worker.
 * @throws Error where there is none, or naming each whose name or text does not fit, never its text; the operator sees it in the
 * log, a client sees 500. One misspelt is not passed over: new API keys would go on hanging on the key that it was to replace.
 */
export function readMasterKeys(env: object): MasterKeys {
  const bindings: [string, unknown][] = Object.entries(env);
  const found = bindings.filter(([name]) => name.startsWith(PREFIX)).map(readMasterKey);
  const problems = found.filter((each) => typeof each === 'string');
  if (problems.length > 0) throw new Error(`The master keys do not fit. ${problems.join(' ')}`);
  const keys = found.filter((each) => typeof each !== 'string');
  const [newest] = keys.toSorted((a, b) => Number(b.version) - Number(a.version));
  if (newest === undefined) throw new Error(`The secret ${PREFIX} is not set.`);
  return { newest, byVersion: new Map(keys.map((key) => [key.version, key])) };
}

/** The key, or what is wrong with it. */
function readMasterKey([name, text]: [string, unknown]): MasterKey | string {
  const match = NAME.exec(name);
  if (match === null)
    return `${name} names no version: later keys are ${PREFIX}_2, ${PREFIX}_3 and so on to 9999.`;
  if (typeof text !== 'string' || text === '') return `${name} holds no text: set it, or delete it.`;
  return { version: match[1] ?? '1', text };
}
