import type { IncidentScope } from '../../domain/incident/incident.ts';
import { HOUR_MS } from '../../domain/law/test-fixtures.ts';
import type { RungId, Severity } from '../../domain/violation.ts';
import * as people from './test-acts.ts';
import type { AlertNo } from './test-alerts.ts';
import * as bookings from './test-bookings.ts';
import { holdClocks, releaseIncident } from './test-incident-acts.ts';
import { FAR_MS, type Network } from './test-network.ts';
import type { PolicyShape } from './test-scene.ts';

/** What happens in the model's world. Persons, participants and cases are numbers, taken round and round. */
export type Command =
  | { do: 'fire'; alerts: AlertNo[]; severity: Severity }
  | { do: 'clear'; alerts: AlertNo[]; lateHours: number }
  | { do: 'clear-all'; who: number }
  | { do: 'no-data'; alert: AlertNo }
  | { do: 'copy'; nth: number }
  | { do: 'wait'; hours: number }
  | { do: 'pass'; times: number }
  /** Until the youngest case has a draft that people can agree to. */
  | { do: 'await-draft'; most: number }
  | { do: 'outage'; hours: number }
  | { do: 'relay'; isHalted: boolean }
  | { do: 'relay-dies'; after: number }
  | { do: 'silence'; source: number; isSilent: boolean }
  | { do: 'probe'; mode: Network['probe'] }
  | { do: 'notices'; who: number; isReachable: boolean }
  | { do: 'deposit'; who: number; units: bigint }
  | { do: 'reward'; who: number; units: bigint; lateHours: number }
  | { do: 'withdraw' | 'pay-out'; who: number; parts: number }
  | { do: 'stay'; who: number }
  | { do: 'hold'; person: number; scope: IncidentScope }
  | { do: 'release'; person: number }
  | { do: 'law'; shape: PolicyShape; afterHours: number }
  | people.PeopleCommand;

/** Plays one command and whatever it makes due. */
export async function play(network: Network, command: Command): Promise<void> {
  await happen(network, command);
  await network.settle();
}

async function happen(network: Network, command: Command): Promise<void> {
  const { alerts, intake } = network;
  switch (command.do) {
    case 'fire':
      alerts.fire(command.alerts, command.severity);
      return;
    case 'clear':
      alerts.clear(command.alerts, command.lateHours * HOUR_MS);
      return;
    case 'clear-all':
      alerts.clear(network.alertsOf(command.who));
      return;
    case 'no-data':
      alerts.noData(command.alert);
      return;
    case 'copy':
      alerts.copy(command.nth);
      return;
    case 'wait':
      await network.runUntil(network.now + command.hours * HOUR_MS);
      return;
    case 'pass':
      for (let time = 0; time < command.times; time += 1) await network.pass(FAR_MS);
      return;
    case 'await-draft':
      for (let time = 0; time < command.most && !people.hasDraft(network); time += 1)
        await network.pass(FAR_MS);
      return;
    case 'outage':
      network.now += command.hours * HOUR_MS;
      network.count('outage');
      return;
    case 'relay':
      intake.isHalted = command.isHalted;
      return;
    case 'relay-dies':
      intake.diesAfter = command.after;
      return;
    case 'silence':
      alerts.silence(command.source, command.isSilent);
      return;
    case 'probe':
      network.probe = command.mode;
      return;
    case 'notices':
      if (command.isReachable) network.unreachable.delete(network.idOf(command.who));
      else network.unreachable.add(network.idOf(command.who));
      return;
    case 'deposit':
      network.store.deposit(network.idOf(command.who), `d-${network.next()}`, command.units);
      return;
    case 'reward':
      return bookings.reward(network, command);
    case 'withdraw':
      return bookings.withdraw(network, command);
    case 'pay-out':
      return bookings.payOut(network, command);
    case 'stay':
      return bookings.stay(network, command.who);
    case 'hold':
      return holdClocks(network, command.person, command.scope);
    case 'release':
      return releaseIncident(network, command.person);
    case 'law':
      network.enact(network.now + command.afterHours * HOUR_MS, command.shape);
      return;
    default:
      await people.perform(network, command);
  }
}

/** Rungs that people may name. */
export const NAMED: readonly RungId[] = ['W', 'P1', 'P2', 'S1', 'S2'];
