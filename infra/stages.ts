import type { WorkerBuild } from './builds.ts';

/** Whose tokens people and systems come with. */
export type StageAuth =
  | {
      readonly kind: 'cognito';
      /** Begin of the address of the sign-in page, unique in its region; with it, where the page leads back to. */
      readonly signIn: { readonly prefix: string; readonly returnUrls: readonly string[] };
    }
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
    /** `secret`: an API key or a client certificate from Secrets Manager, over TLS. `none`: a server of one's own in a closed network. */
    readonly access: 'secret' | 'none';
  };
  readonly auth: StageAuth;
  /** Requests per second and burst that the gateway lets through. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** ARNs of sealing keys before the present one; what they sealed is still opened (docs/operating/secrets.md). */
  readonly earlierSealingKeys: readonly string[];
  /** Copies of `receive-alert` that the account keeps free for it; null shares the account's. */
  readonly receiveConcurrency: number | null;
  readonly logRetentionDays: 7 | 30 | 90 | 365;
  /** Mail addresses that alarms go to. */
  readonly alarmMails: readonly string[];
  /** A name of one's own for the API; without one it has the gateway's. */
  readonly domain: StageDomain | null;
  /** ARN of the region's OpenTelemetry layer, which exports the spans of functions; null leaves them to X-Ray's own. */
  readonly telemetryLayerArn: string | null;
  readonly worker: StageWorker;
  /** Snapshots beyond the 35 days of point-in-time recovery. */
  readonly hasBackups: boolean;
}

/** Where the API is reached, and with which certificate. */
export interface StageDomain {
  readonly name: string;
  readonly certificateArn: string;
  /** Zone in which the name is kept; null when somebody else keeps it. */
  readonly zone: { readonly id: string; readonly name: string } | null;
}

/** How the workers run. */
export interface StageWorker {
  /**
   * Builds that serve. A new one joins the old one, is made current, and the old one leaves when its cases have moved
   * (docs/operating/upgrades.md). None: the worker runs elsewhere.
   */
  readonly builds: readonly WorkerBuild[];
  readonly cpu: 512 | 1024 | 2048 | 4096;
  readonly memoryMb: 1024 | 2048 | 4096 | 8192;
  readonly tasks: { readonly least: number; readonly most: number };
  /** Address range of the network that they run in. */
  readonly cidr: string;
  /** Ways out to Temporal and to participants; one in each zone survives the loss of a zone. */
  readonly natGateways: number;
  /** Where OpenTelemetry spans of workers go (OTLP over HTTP); null exports none. */
  readonly otlpEndpoint: string | null;
  /** Monitoring servers that policies' checks may ask: name to address and independence group. */
  readonly promqlServers: Readonly<
    Record<string, { readonly url: string; readonly group: string }>
  >;
}

/** What is known only when an installation is deployed or rehearsed, from the CLI's `-c name=value`. */
export interface DeployContext {
  /** Builds of the worker that shall serve. */
  readonly builds: readonly WorkerBuild[];
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
  domain: null,
  telemetryLayerArn: null,
  hasBackups: false,
  earlierSealingKeys: [],
} as const;

/** Where a program on a person's own machine waits for its code. */
const LOCAL_RETURN = ['http://localhost:8788/signed-in'] as const;

const worker = {
  builds: [],
  cpu: 512,
  memoryMb: 1024,
  tasks: { least: 1, most: 2 },
  cidr: '10.64.0.0/22',
  natGateways: 1,
  otlpEndpoint: null,
  promqlServers: {},
} as const satisfies StageWorker;

/** For developers: small, and gone without a trace of cost when it is not used. */
const dev: Stage = {
  ...common,
  name: 'dev',
  tablePrefix: 'swarm-dev-',
  temporal: { address: 'swarm-dev.tmprl.cloud:7233', namespace: 'swarm-dev', access: 'secret' },
  worker,
  auth: { kind: 'cognito', signIn: { prefix: 'swarm-slashing-dev', returnUrls: LOCAL_RETURN } },
  logRetentionDays: 7,
};

/** The network's own. */
const prod: Stage = {
  ...common,
  name: 'prod',
  tablePrefix: 'swarm-prod-',
  temporal: { address: 'swarm-prod.tmprl.cloud:7233', namespace: 'swarm-prod', access: 'secret' },
  worker: { ...worker, cpu: 2048, memoryMb: 4096, tasks: { least: 2, most: 12 }, natGateways: 2 },
  hasBackups: true,
  auth: { kind: 'cognito', signIn: { prefix: 'swarm-slashing-prod', returnUrls: LOCAL_RETURN } },
  throttle: { rate: 10_000, burst: 5_000 },
  receiveConcurrency: 400,
  logRetentionDays: 365,
};

/** The same templates on a local AWS: what listens where is known when it runs. */
function rehearsal(context: DeployContext): Stage {
  return {
    ...common,
    name: 'rehearsal',
    tablePrefix: 'swarm-rehearsal-',
    architecture: 'x86_64',
    temporal: { address: context.temporalAddress, namespace: 'default', access: 'none' },
    worker,
    auth: {
      kind: 'oidc',
      issuer: context.issuer,
      audience: 'swarm-slashing',
      jwksUrl: context.jwksUrl,
    },
    logRetentionDays: 7,
  };
}

/** The stage of a name, with what the deployment adds. Throws with the names there are. */
export function stageOf(name: string, context: DeployContext): Stage {
  const found = [dev, prod, rehearsal(context)].find((stage) => stage.name === name);
  if (found === undefined)
    throw new Error(`There is no stage "${name}": use dev, prod or rehearsal (-c stage=dev).`);
  return { ...found, worker: { ...found.worker, builds: context.builds } };
}
