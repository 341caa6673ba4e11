import type { ApiHandler } from '../shared/api.ts';
import { composeReceiveAlert } from './compose.ts';
import { receiveAlertApi } from './receive-alert-api.ts';

let api: ApiHandler | undefined;

/** Entry point of the function; what it is made from is read from the environment with the first request. */
export const handler: ApiHandler = (event, context) => {
  api ??= receiveAlertApi(composeReceiveAlert(process.env));
  return api(event, context);
};
