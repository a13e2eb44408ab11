import { pageRoutes } from '../http/page.ts';
import { FILES, PAGE } from './files.ts';

/** The console: the page at `/` and its files below `/console/`. */
export const consolePage = pageRoutes({ path: '/', folder: '/console', html: PAGE, files: FILES });
