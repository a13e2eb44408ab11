import { pageRoutes } from '../http/page.ts';
import { FILES, PAGE } from './files.ts';

/** The browsable reference: the page at `/docs` and its files below `/docs/`. */
export const docsPage = pageRoutes({ path: '/docs', folder: '/docs', html: PAGE, files: FILES });
