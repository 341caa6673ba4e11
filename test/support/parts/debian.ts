import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import { PartError, type Say } from '../../../apps/local/parts/part-error.ts';
import { isExecutable, run, which } from '../../../apps/local/parts/which.ts';

/** The real senders of alerts, by the names of Debian's packages and commands. */
export const debianPrograms = ['prometheus', 'prometheus-alertmanager'] as const;

export type DebianProgram = (typeof debianPrograms)[number];

const unpackedFolder = () => path.join(cacheFolder(), 'debian');

/**
 * Finds a program of Debian: on PATH, else its package fetched and verified by apt and unpacked into the
 * cache folder. It is not installed, so no service of the machine is started, now or at its next boot.
 * @throws PartError without apt, or when apt fails
 */
export async function debianProgram(program: DebianProgram, say: Say): Promise<string> {
  const onPath = which(program);
  if (onPath !== undefined) return onPath;
  const executable = path.join(unpackedFolder(), program, 'usr/bin', program);
  if (!isExecutable(executable)) await unpackPackage(program, say);
  if (!isExecutable(executable)) throw failed(program, `its package has no usr/bin/${program}`);
  if (program === 'prometheus-alertmanager') putTemplates();
  return executable;
}

/** Debian's Alertmanager reads its templates from one fixed place and does not start without them. */
function putTemplates(): void {
  const place = '/usr/share/prometheus/alertmanager';
  if (existsSync(path.join(place, 'default.tmpl'))) return;
  try {
    cpSync(path.join(unpackedFolder(), 'prometheus-alertmanager', place), place, {
      recursive: true,
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failed('prometheus-alertmanager', `its templates cannot be put to ${place}: ${reason}`);
  }
}

async function unpackPackage(program: DebianProgram, say: Say): Promise<void> {
  if (which('apt-get') === undefined || which('dpkg-deb') === undefined) {
    throw failed(program, 'it is not on PATH, and there is no apt-get to fetch it with');
  }
  say(`${program}: fetching Debian's package with apt (once) …`);
  mkdirSync(unpackedFolder(), { recursive: true });
  const work = mkdtempSync(path.join(unpackedFolder(), 'work-'));
  try {
    const apt = await download(program, work);
    const [deb] = globSync(path.join(work, `${program}_*.deb`));
    if (deb === undefined) throw failed(program, `apt-get download failed:\n${apt}`);
    const into = path.join(work, 'unpacked');
    const unpack = await run('dpkg-deb', ['-x', deb, into], { withinMs: 60_000 });
    if (unpack.code !== 0) throw failed(program, `dpkg-deb failed:\n${unpack.output}`);
    renameSync(into, path.join(unpackedFolder(), program));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Tries with the machine's package lists; on a machine without fresh ones, with lists of our own. */
async function download(program: DebianProgram, work: string): Promise<string> {
  const limits = { cwd: work, withinMs: 180_000 };
  const asMe = ['-q', '-o', 'APT::Sandbox::User=root'];
  const quick = await run('apt-get', [...asMe, 'download', program], limits);
  if (quick.code === 0) return quick.output;
  mkdirSync(path.join(work, 'lists/partial'), { recursive: true });
  mkdirSync(path.join(work, 'cache/archives/partial'), { recursive: true });
  const own = [
    ...asMe,
    '-o',
    `Dir::State::Lists=${path.join(work, 'lists')}`,
    '-o',
    `Dir::Cache=${path.join(work, 'cache')}`,
  ];
  const update = await run('apt-get', [...own, 'update'], limits);
  const again = await run('apt-get', [...own, 'download', program], limits);
  return [update.output.slice(-1_000), again.output].join('\n');
}

function failed(program: DebianProgram, why: string): PartError {
  return new PartError({
    part: program,
    why,
    whatToDo: [
      `On Debian or Ubuntu: apt-get update, then apt-get install --no-install-recommends ${program}`,
      `Elsewhere: put an executable named ${program} on PATH.`,
    ],
  });
}
