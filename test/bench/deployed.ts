import { stageInTransition, testInstallation } from '../../infra/test-installation.ts';

/** How a function is deployed. */
export interface Deployed {
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** What Node and the libraries are told; where the installation is, is not in it. */
  readonly env: Readonly<Record<string, string>>;
}

const OF_LIBRARIES = /^(NODE_OPTIONS|POWERTOOLS_\w+)$/;

/** Memory, timeout and options of each function by its name, from the template that is deployed. */
export function deployedFunctions(): ReadonlyMap<string, Deployed> {
  const { serviceTemplate } = testInstallation(stageInTransition('prod'));
  const found = Object.values(serviceTemplate.findResources('AWS::Lambda::Function'));
  return new Map(
    found.flatMap(({ Properties: { Environment, MemorySize, Timeout } }) => {
      const variables: Record<string, unknown> = Environment?.Variables ?? {};
      const env = Object.fromEntries(
        Object.entries(variables).filter(
          (entry): entry is [string, string] =>
            OF_LIBRARIES.test(entry[0]) && typeof entry[1] === 'string',
        ),
      );
      const name = env['POWERTOOLS_SERVICE_NAME'];
      if (name === undefined) return [];
      return [[name, { memoryMb: Number(MemorySize), timeoutMs: Number(Timeout) * 1_000, env }]];
    }),
  );
}
