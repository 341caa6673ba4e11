import type { WorkerBuild } from './builds.ts';

/** Whose tokens people and systems come with. */
export type StageAuth =
  | {
      readonly kind: 'cognito';
      /** Begin of the address of the sign-in page, to which the account is added: it must be unique in its region. Where the page leads back to. */
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
  readonly throttle: StageThrottle;
  readonly sealing: StageSealing;
  /** Copies of `receive-alert` that the account keeps free for it; null shares the account's. */
  readonly receiveConcurrency: number | null;
  /** As many copies of `relay-observations`, and not more: neither floods of requests nor other functions keep news from cases. */
  readonly relayConcurrency: number | null;
  readonly logRetentionDays: 7 | 30 | 90 | 365;
  /** Logs outlive the service stack. */
  readonly keepsLogs: boolean;
  /** Mail addresses that alarms go to; null where nobody is to be woken. */
  readonly alarmMails: readonly string[] | null;
  /** A name of one's own for the API; without one it has the gateway's. */
  readonly domain: StageDomain | null;
  /** ARN of the region's OpenTelemetry layer, which exports the spans of functions; null leaves them to X-Ray's own. */
  readonly telemetryLayerArn: string | null;
  readonly worker: StageWorker;
  /** Snapshots beyond the 35 days of point-in-time recovery. */
  readonly hasBackups: boolean;
}

/** What the gateway lets through: requests per second, and how many at once. */
export interface StageThrottle {
  /** All callers and routes together. The account has one limit for all its APIs (10,000 and 5,000 unless raised). */
  readonly rate: number;
  readonly burst: number;
  /** Each route that asks for no proof at all: health, description, and paths that do not exist. */
  readonly open: { readonly rate: number; readonly burst: number };
}

/** Which keys seal payloads and secrets. A change is two deployments: first all may open with the new one, then it seals (docs/operating/secrets.md). */
export interface StageSealing {
  /** Keys of the data stack, each under its own name for ever. What any of them sealed is opened. */
  readonly keys: readonly string[];
  /** The one of them that seals now. */
  readonly sealsWith: string;
  /** ARNs of keys elsewhere whose sealed texts are still opened. */
  readonly opensToo: readonly string[];
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
  /** ARN of the secret whose text is `OTEL_EXPORTER_OTLP_HEADERS` (`name=value,…`), for a place that asks who sends; null sends none. */
  readonly otlpHeadersSecretArn: string | null;
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

/** Enough for who looks whether it lives, or reads the description. */
const OPEN = { rate: 50, burst: 50 } as const;

const common = {
  networkId: 'main',
  architecture: 'arm64',
  throttle: { rate: 2_000, burst: 1_000, open: OPEN },
  sealing: { keys: ['SealingKey'], sealsWith: 'SealingKey', opensToo: [] },
  receiveConcurrency: null,
  relayConcurrency: null,
  keepsLogs: false,
  alarmMails: null,
  domain: null,
  telemetryLayerArn: null,
  hasBackups: false,
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
  otlpHeadersSecretArn: null,
  promqlServers: {},
} as const satisfies StageWorker;

/** For developers: small, and gone without a trace of cost when it is not used. */
const dev: Stage = {
  ...common,
  name: 'dev',
  tablePrefix: 'swarm-dev-',
  temporal: { address: 'swarm-dev.tmprl.cloud:7233', namespace: 'swarm-dev', access: 'secret' },
  worker,
  auth: { kind: 'cognito', signIn: { prefix: 'swarm-dev', returnUrls: LOCAL_RETURN } },
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
  auth: { kind: 'cognito', signIn: { prefix: 'swarm-prod', returnUrls: LOCAL_RETURN } },
  // A tenth of the account's limit is left to whatever else the account has.
  throttle: { rate: 9_000, burst: 4_500, open: OPEN },
  receiveConcurrency: 400,
  relayConcurrency: 200,
  logRetentionDays: 365,
  keepsLogs: true,
  alarmMails: [],
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
