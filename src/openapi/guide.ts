import { ERROR_TABLE } from './errors.ts';
import { SIGNING } from './signing.ts';

/** The texts that the document's description is made of. */
export interface GuideTexts {
  /** Markdown with a place such as `{{bash}}` for each other part. */
  readonly guide: string;
  readonly bash: string;
  readonly python: string;
  readonly javascript: string;
}

/**
 * The document's description, in Markdown.
 * @throws Error for a place in the guide that nothing belongs into.
 */
export function guide({ guide, bash, python, javascript }: GuideTexts): string {
  const parts = new Map([
    ['signing', SIGNING],
    ['errors', ERROR_TABLE],
    ['bash', fenced('sh', bash)],
    ['python', fenced('python', python)],
    ['javascript', fenced('js', javascript)],
  ]);
  return guide.replace(/\{\{([a-z]+)\}\}/g, (place, name: string) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`The guide has no text for ${place}.`);
    return part;
  });
}

function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code.trimEnd()}\n\`\`\``;
}
