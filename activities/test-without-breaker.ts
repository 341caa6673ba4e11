import type { ActivityPorts } from './ports.ts';

/** For tests of steps under a policy from before there was a breaker, and without clock holds. */
export const withoutBreaker: Pick<ActivityPorts, 'breaker' | 'clockHolds'> = {
  breaker: {
    look: async () => Promise.reject(new Error('there is no breaker')),
    before: async () => Promise.reject(new Error('there is no breaker')),
    forget: async () => {},
    tripped: async () => {},
    closeIfQuiet: async () => {},
  },
  clockHolds: { since: async () => [], lapsed: async () => {} },
};
