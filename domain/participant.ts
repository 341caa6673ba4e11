/** Who has stake in the network. */
export type ParticipantKind = 'hardware-provider' | 'platform-user' | 'network-operator';

/** What of a participant can be affected by a violation: a node, a GPU, a volume. */
export interface Resource {
  resourceId: string;
  /** Verified capacity, in the network's unit; the share of a resource in the base (rule D1). A positive integer. */
  capacity: number;
  /** Where the network's own probe reaches it; absent when it cannot be probed. */
  probeUrl?: string;
  /** Since when it is this participant's; absent for one that never was another's (rule B8). */
  ownedFromMs?: number;
}

/** A declaration that shrinks a share and waits for its notice; `capacity` null gives the resource up (rule C8). */
export interface PendingResource {
  resourceId: string;
  capacity: number | null;
  effectiveAtMs: number;
}

/** How a participant can be told things (rule A7). At least one verified channel is required at registration. */
export interface NoticeEndpoint {
  url: string;
  /** Id of the Standard Webhooks secret in the secret store. */
  secretId: string;
}

/** A registered participant. */
export interface Participant {
  participantId: string;
  kind: ParticipantKind;
  displayName: string;
  /** Owner, payout key or hardware in common: it carries sanctions, recurrence, caps and the newcomer's grace (rules C8, E1). */
  controlGroup: string;
  registeredAtMs: number;
  /** System checks passed so far; the group's together end the newcomer's grace (rule C7). */
  checksPassed: number;
  resources: Resource[];
  /** What is declared and acts later. */
  pendingResources?: PendingResource[];
  /** What the participant has given up, and until when it had it. */
  formerResources?: { resourceId: string; untilMs: number }[];
  endpoint?: NoticeEndpoint;
}
