import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { errorsPage } from '../contracts/errors-page.ts';
import { openApiDocument } from '../contracts/openapi.ts';

/** Writes the generated pages of docs/reference: run after a change of the HTTP contract. */
const folder = path.join(import.meta.dirname, '..', 'docs', 'reference');
writeFileSync(path.join(folder, 'openapi.json'), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
writeFileSync(path.join(folder, 'errors.md'), errorsPage());
