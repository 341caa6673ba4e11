import type { ApiHandler } from '../shared/api.ts';
import { composeParticipantsApi } from './compose.ts';
import { participantsApi } from './participants-api.ts';

let api: ApiHandler | undefined;

/** Entry point of the function; what it is made from is read from the environment with the first request. */
export const handler: ApiHandler = (event, context) => {
  api ??= participantsApi(composeParticipantsApi(process.env));
  return api(event, context);
};
