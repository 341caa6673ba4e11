import type { Source } from '../observation.ts';
import type { Participant } from '../participant.ts';
import type { Policy } from '../policy.ts';

/** What the system knows about participants, sources and the law. Sources and policies may be up to 60 s old (design §4). */
export interface Directory {
  /** Null when unknown. Read consistently. */
  participant(participantId: string): Promise<Participant | null>;
  source(sourceId: string): Promise<Source | null>;
  /** The version in force at an instant (rule B4). Throws `policy-missing` when there is none. */
  policyAt(atMs: number): Promise<Policy>;
  /** One pinned version. Throws `policy-missing` when it is unknown. */
  policy(version: string): Promise<Policy>;
}
