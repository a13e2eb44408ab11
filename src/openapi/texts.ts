import bash from './examples/bash.sh';
import javascript from './examples/javascript.mjs';
import python from './examples/python.py';
import guide from './guide.md';
import type { GuideTexts } from './guide.ts';

/** The texts as the Worker carries them. */
export const TEXTS: GuideTexts = { guide, bash, python, javascript };
