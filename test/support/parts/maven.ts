import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import { PartError, type Say } from '../../../apps/local/parts/part-error.ts';
import { run, which } from '../../../apps/local/parts/which.ts';

/** A Java program by its Maven coordinates; the version is exact. */
export interface MavenProgram {
  /** The part, as a person calls it. */
  readonly part: string;
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

/**
 * Has Maven fetch a program with all it needs into the cache folder, once.
 * @returns the folder with the jars
 * @throws PartError without Maven or Java, or when Maven fails
 */
export async function fetchMavenProgram(program: MavenProgram, say: Say): Promise<string> {
  const { part, artifact, version } = program;
  const folder = path.join(cacheFolder(), 'maven', `${artifact}-${version}`);
  if (existsSync(folder)) return folder;
  const maven = which('mvn');
  if (maven === undefined || which('java') === undefined) {
    throw new PartError({
      part,
      why: `${maven === undefined ? 'Maven (mvn)' : 'java'} is not on PATH.`,
      whatToDo: [
        'Install Java 17 and Maven, for example: apt-get install openjdk-17-jre-headless maven',
      ],
    });
  }
  say(`${part}: fetching ${artifact} ${version} with Maven (once) …`);
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(path.dirname(folder), 'work-'));
  try {
    writeFileSync(path.join(work, 'pom.xml'), pom(program));
    const goal = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'];
    const done = await run(maven, goal, { cwd: work, withinMs: 300_000 });
    if (done.code !== 0) {
      throw new PartError({
        part,
        why: `Maven could not fetch ${artifact} ${version}:\n${done.output.slice(-2_000)}`,
        whatToDo: ['Check that Maven reaches its repository, then run the same command again.'],
      });
    }
    renameSync(path.join(work, 'lib'), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function pom({ group, artifact, version }: MavenProgram): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>swarm-slashing</groupId><artifactId>parts</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`;
}
