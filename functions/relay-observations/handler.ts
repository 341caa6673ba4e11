import { composeRelay } from './compose.ts';
import { type RelayHandler, relay } from './relay.ts';

let handle: RelayHandler | undefined;

/** Entry point of the function; what it is made from is read from the environment with the first event. */
export const handler: RelayHandler = (event) => {
  handle ??= relay(composeRelay(process.env));
  return handle(event);
};
