import type { ApiHandler } from '../shared/api.ts';
import { adminApi } from './admin-api.ts';
import { composeAdminApi } from './compose.ts';

let api: ApiHandler | undefined;

/** Entry point of the function; what it is made from is read from the environment with the first request. */
export const handler: ApiHandler = (event, context) => {
  api ??= adminApi(composeAdminApi(process.env));
  return api(event, context);
};
