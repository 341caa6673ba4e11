import type { ParticipantKind } from '../../domain/participant.ts';

/** A participant of the demonstration, before it knows where its nodes and its notice board are. */
export interface DemoParticipant {
  readonly participantId: string;
  readonly kind: ParticipantKind;
  readonly displayName: string;
  /** Every one is its own: nobody here is affiliated with another (rule C8). */
  readonly controlGroup: string;
  readonly stakeUnits: bigint;
  readonly resources: readonly { readonly resourceId: string; readonly capacity: number }[];
}

/** How long ago the network began, and how many checks each participant has passed: nobody is a newcomer (rule C7). */
export const NETWORK_AGE_MS = 60 * 86_400_000;
export const CHECKS_PASSED = 100;

interface Outline {
  id: string;
  name: string;
  stake: bigint;
  /** Capacity of each resource. */
  capacities: readonly number[];
}

const PROVIDERS: readonly Outline[] = [
  { id: 'op-0001', name: 'Aurora Compute', stake: 1_000_000n, capacities: [1] },
  { id: 'op-0002', name: 'Basalt Racks', stake: 1_000_003n, capacities: Array(100).fill(1) },
  { id: 'op-0003', name: 'Cirrus GPU', stake: 2_500_000n, capacities: [80, 80, 40] },
  { id: 'op-0004', name: 'Dune Storage', stake: 400_000n, capacities: [500, 500] },
  { id: 'op-0005', name: 'Ember Hosting', stake: 150_000n, capacities: [8, 8, 8, 8] },
  { id: 'op-0006', name: 'Fjord Cloud', stake: 5_000_000n, capacities: Array(12).fill(64) },
];

const USERS: readonly Outline[] = [
  { id: 'user-0001', name: 'Granite Labs', stake: 50_000n, capacities: [1] },
  { id: 'user-0002', name: 'Harbour Games', stake: 20_000n, capacities: [1, 1] },
  { id: 'user-0003', name: 'Iris Research', stake: 12_000n, capacities: [4] },
];

const OPERATORS: readonly Outline[] = [
  { id: 'net-0001', name: 'Juniper Edge', stake: 800_000n, capacities: [10, 10] },
  { id: 'net-0002', name: 'Karst Backbone', stake: 3_000_000n, capacities: [100, 100, 100] },
  { id: 'net-0003', name: 'Lagoon Relay', stake: 90_000n, capacities: [1, 1, 1] },
];

/** The dozen participants of the three kinds that a first run seeds. */
export function demoParticipants(): DemoParticipant[] {
  return [
    ...PROVIDERS.map((outline) => participantOf('hardware-provider', 'node', outline)),
    ...USERS.map((outline) => participantOf('platform-user', 'workload', outline)),
    ...OPERATORS.map((outline) => participantOf('network-operator', 'link', outline)),
  ];
}

function participantOf(kind: ParticipantKind, noun: string, outline: Outline): DemoParticipant {
  const { id, name, stake, capacities } = outline;
  return {
    participantId: id,
    kind,
    displayName: name,
    controlGroup: `group-${id}`,
    stakeUnits: stake,
    resources: capacities.map((capacity, index) => ({
      resourceId: `${id}-${noun}-${index + 1}`,
      capacity,
    })),
  };
}
