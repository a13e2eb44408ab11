import type { JobConfig } from '../../src/schemas/job.ts';

/** A template with its parameters. */
export type Template = JobConfig extends infer Each
  ? Each extends JobConfig
    ? Pick<Each, 'template_id' | 'params'>
    : never
  : never;
