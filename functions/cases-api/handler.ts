import type { ApiHandler } from '../shared/api.ts';
import { casesApi } from './cases-api.ts';
import { composeCasesApi } from './compose.ts';

let api: ApiHandler | undefined;

/** Entry point of the function; what it is made from is read from the environment with the first request. */
export const handler: ApiHandler = (event, context) => {
  api ??= casesApi(composeCasesApi(process.env));
  return api(event, context);
};
