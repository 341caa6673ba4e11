import * as money from '../../contracts/http/money.ts';
import * as operations from '../../contracts/http/participants.ts';
import * as reputation from '../../contracts/http/reputation.ts';
import { type BoundRoute, route } from '../shared/route.ts';
import type { ParticipantsApiDeps } from './deps.ts';
import { addResources } from './operations/add-resources.ts';
import { cancelWithdrawal } from './operations/cancel-withdrawal.ts';
import { creditReward } from './operations/credit-reward.ts';
import { deposit } from './operations/deposit.ts';
import { listNotices } from './operations/list-notices.ts';
import { listParticipants } from './operations/list-participants.ts';
import { listReputationReviews } from './operations/list-reputation-reviews.ts';
import { listStandings } from './operations/list-standings.ts';
import { listWithdrawals } from './operations/list-withdrawals.ts';
import { payRewards } from './operations/pay-rewards.ts';
import { putResources } from './operations/put-resources.ts';
import { readLedger } from './operations/read-ledger.ts';
import { readNotice } from './operations/read-notice.ts';
import { readParticipant } from './operations/read-participant.ts';
import { readReputation } from './operations/read-reputation.ts';
import { readStanding } from './operations/read-standing.ts';
import { recordChecks } from './operations/record-checks.ts';
import { registerParticipant } from './operations/register-participant.ts';
import { releaseResource } from './operations/release-resource.ts';
import { withdraw } from './operations/withdraw.ts';

/** Which operation is served by what. */
export function participantsRoutes(deps: ParticipantsApiDeps): BoundRoute[] {
  return [
    route(operations.registerParticipant, (call) => registerParticipant(deps, call)),
    route(operations.listParticipants, (call) => listParticipants(deps, call)),
    route(operations.readParticipant, (call) => readParticipant(deps, call)),
    route(operations.putResources, (call) => putResources(deps, call)),
    route(operations.addResources, (call) => addResources(deps, call)),
    route(operations.recordChecks, (call) => recordChecks(deps, call)),
    route(operations.releaseResource, (call) => releaseResource(deps, call)),
    route(operations.deposit, (call) => deposit(deps, call)),
    route(money.withdraw, (call) => withdraw(deps, call)),
    route(money.cancelWithdrawal, (call) => cancelWithdrawal(deps, call)),
    route(money.listWithdrawals, (call) => listWithdrawals(deps, call)),
    route(money.creditReward, (call) => creditReward(deps, call)),
    route(money.payRewards, (call) => payRewards(deps, call)),
    route(operations.readLedger, (call) => readLedger(deps, call)),
    route(operations.readStanding, (call) => readStanding(deps, call)),
    route(operations.listStandings, (call) => listStandings(deps, call)),
    route(reputation.readReputation, (call) => readReputation(deps, call)),
    route(reputation.listReputationReviews, (call) => listReputationReviews(deps, call)),
    route(operations.listNotices, (call) => listNotices(deps, call)),
    route(operations.readNotice, (call) => readNotice(deps, call)),
  ];
}
