import { type ApiHandler, createApi } from '../shared/api.ts';
import type { ParticipantsApiDeps } from './deps.ts';
import { participantsRoutes } from './routes.ts';

/** The participants API over any adapters. */
export function participantsApi(deps: ParticipantsApiDeps): ApiHandler {
  return createApi(participantsRoutes(deps), {
    service: 'participants-api',
    tokens: deps.tokens,
    clock: deps.clock,
  });
}
