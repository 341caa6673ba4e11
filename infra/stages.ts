/** Whose tokens people and systems come with. */
export type StageAuth =
  | { readonly kind: 'cognito' }
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: string;
    };

/** All that differs between installations; constructs read nothing else, the environment least of all. */
export interface Stage {
  readonly name: string;
  /** Account and region to deploy to; those of the CLI's credentials where they are left out. */
  readonly env?: { readonly account?: string; readonly region?: string };
  /** Network that the installation enforces for; part of every key. */
  readonly networkId: string;
  /** Begin of the tables' names. */
  readonly tablePrefix: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly temporal: {
    /** host:port of Temporal Cloud's namespace or of a server of one's own. */
    readonly address: string;
    readonly namespace: string;
  };
  readonly auth: StageAuth;
  /** Requests per second and burst that the gateway lets through. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** Copies of `receive-alert` that the account keeps free for it; null shares the account's. */
  readonly receiveConcurrency: number | null;
  readonly logRetentionDays: 7 | 30 | 90 | 365;
  /** Mail addresses that alarms go to. */
  readonly alarmMails: readonly string[];
}

/** Values that are only known when an installation is rehearsed, from the CLI's `-c name=value`. */
export interface RehearsalContext {
  readonly temporalAddress: string;
  readonly issuer: string;
  readonly jwksUrl: string;
}

const common = {
  networkId: 'main',
  architecture: 'arm64',
  throttle: { rate: 2_000, burst: 1_000 },
  receiveConcurrency: null,
  alarmMails: [],
} as const;

/** For developers: small, and gone without a trace of cost when it is not used. */
const dev: Stage = {
  ...common,
  name: 'dev',
  tablePrefix: 'swarm-dev-',
  temporal: { address: 'temporal.internal:7233', namespace: 'swarm-dev' },
  auth: { kind: 'cognito' },
  logRetentionDays: 7,
};

/** The network's own. */
const prod: Stage = {
  ...common,
  name: 'prod',
  tablePrefix: 'swarm-prod-',
  temporal: { address: 'temporal.internal:7233', namespace: 'swarm-prod' },
  auth: { kind: 'cognito' },
  throttle: { rate: 10_000, burst: 5_000 },
  receiveConcurrency: 400,
  logRetentionDays: 365,
};

/** The same templates on a local AWS: what listens where is known when it runs. */
function rehearsal(context: RehearsalContext): Stage {
  return {
    ...common,
    name: 'rehearsal',
    tablePrefix: 'swarm-rehearsal-',
    architecture: 'x86_64',
    temporal: { address: context.temporalAddress, namespace: 'default' },
    auth: {
      kind: 'oidc',
      issuer: context.issuer,
      audience: 'swarm-slashing',
      jwksUrl: context.jwksUrl,
    },
    logRetentionDays: 7,
  };
}

/** The stage of a name. Throws with the names there are. */
export function stageOf(name: string, context: RehearsalContext): Stage {
  if (name === 'rehearsal') return rehearsal(context);
  const found = [dev, prod].find((stage) => stage.name === name);
  if (found !== undefined) return found;
  throw new Error(`There is no stage "${name}": use dev, prod or rehearsal (-c stage=dev).`);
}
