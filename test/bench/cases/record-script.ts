import { escalate, workflowsOf } from './escalation.ts';
import { eventsOf } from './histories.ts';
import { type Script, scriptOf } from './script.ts';
import type { Site } from './site.ts';

/** Plays one case alone and takes down what it did. */
export async function recordScript(site: Site): Promise<Script> {
  const [provider] = await site.providers.make(1);
  if (provider === undefined) throw new Error('Nobody was made.');
  site.spy.keep();
  await escalate(site, provider);
  const written = site.spy.take();
  const histories = await Promise.all(
    workflowsOf(site.networkId, provider.caseId).map(async (workflowId) => ({
      workflowId,
      events: await eventsOf(site.client, workflowId),
    })),
  );
  return scriptOf(provider, histories, written);
}
