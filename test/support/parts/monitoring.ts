import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../../apps/local/parts/free-port.ts';
import type { Say } from '../../../apps/local/parts/part-error.ts';
import { type RunningProcess, startProcess } from '../../../apps/local/parts/processes.ts';
import { debianProgram } from './debian.ts';

/** A real Prometheus or Alertmanager on 127.0.0.1. */
export interface RunningMonitor {
  readonly url: string;
  readonly process: RunningProcess;
}

interface MonitorOptions {
  /** Config, data and log go here; the caller removes it. */
  readonly folder: string;
  readonly say?: Say;
  /** A free port if absent. */
  readonly port?: number;
}

const quiet: Say = () => {};

/**
 * Starts Alertmanager and waits until it is ready.
 * @param options `config` is the content of alertmanager.yml (JSON is YAML)
 */
export async function startAlertmanager(
  options: MonitorOptions & { readonly config: Readonly<Record<string, unknown>> },
): Promise<RunningMonitor> {
  const { folder, config, say = quiet, port = await freePort() } = options;
  const command = await debianProgram('prometheus-alertmanager', say);
  const url = `http://127.0.0.1:${port}`;
  const process = await startProcess({
    part: 'Alertmanager',
    command,
    args: [
      `--config.file=${writeConfig(folder, 'alertmanager.yml', config)}`,
      `--storage.path=${path.join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=${url}`,
      // No cluster: a single one needs no gossip port.
      '--cluster.listen-address=',
    ],
    logPath: path.join(folder, 'alertmanager.log'),
    ready: () => isOk(`${url}/-/ready`),
    readyWithinMs: 30_000,
    whatToDo: ['Check the configuration that the test wrote.'],
  });
  return { url, process };
}

/**
 * Starts Prometheus and waits until it is ready.
 * @param options `config` is the content of prometheus.yml without `alerting` and `rule_files`, which
 *   come from `alertmanager` and `rules` (the groups of a rules file)
 */
export async function startPrometheus(
  options: MonitorOptions & {
    readonly config: Readonly<Record<string, unknown>>;
    readonly rules?: readonly Readonly<Record<string, unknown>>[];
    readonly alertmanager?: RunningMonitor;
  },
): Promise<RunningMonitor> {
  const { folder, say = quiet, port = await freePort(), rules = [], alertmanager } = options;
  const command = await debianProgram('prometheus', say);
  const url = `http://127.0.0.1:${port}`;
  const targets = alertmanager === undefined ? [] : [new URL(alertmanager.url).host];
  const config = {
    ...options.config,
    rule_files: [writeConfig(folder, 'rules.yml', { groups: rules })],
    alerting: { alertmanagers: [{ static_configs: [{ targets }] }] },
  };
  const process = await startProcess({
    part: 'Prometheus',
    command,
    args: [
      `--config.file=${writeConfig(folder, 'prometheus.yml', config)}`,
      `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=${url}`,
    ],
    logPath: path.join(folder, 'prometheus.log'),
    ready: () => isOk(`${url}/-/ready`),
    readyWithinMs: 30_000,
    whatToDo: ['Check the configuration and rules that the test wrote.'],
  });
  return { url, process };
}

function writeConfig(folder: string, name: string, content: unknown): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(content, null, 2));
  return file;
}

async function isOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}
