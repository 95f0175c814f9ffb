import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createReader } from '../platform/codec.ts';
import { signerAdded } from './histories/added-signers.ts';
import { changedVisits } from './histories/changes.ts';
import { gateScenarios } from './histories/gate.ts';
import { handedOver } from './histories/handovers.ts';
import { climbedVisits } from './histories/ladder.ts';
import { movedVisits } from './histories/moves.ts';
import { endedVisits } from './histories/outcomes.ts';
import { stayedVisits } from './histories/overstays.ts';
import { partyVisits } from './histories/party.ts';
import { paidVisits } from './histories/payments.ts';
import { renewAfter, runScenarios } from './histories/runs.ts';
import { sentBackVisits } from './histories/sent-back.ts';
import { signedVisits } from './histories/signatures.ts';
import { takenBackVisits } from './histories/taken-back.ts';
import { decodeHistory } from './history.ts';
import { startProcess } from './process.ts';
import { ownGround } from './system/ground.ts';

/**
 * Records the histories that the replay test plays and that are not there yet, or those that are named:
 * `npm run histories [-- name …]`. Each is one scenario on the real engine with
 * its payloads decoded – they hold ids only – and without what tells of the machine.
 */

const folder = fileURLToPath(new URL('../workflows/histories/', import.meta.url));
const all = [
  ...endedVisits,
  ...handedOver,
  ...signerAdded,
  ...takenBackVisits,
  ...sentBackVisits,
  ...changedVisits,
  ...partyVisits,
  ...signedVisits,
  ...climbedVisits,
  ...movedVisits,
  ...paidVisits,
  ...stayedVisits,
  ...gateScenarios,
  ...runScenarios,
];
const wanted = process.argv.slice(2);
const scenarios = all.filter(({ name }) =>
  wanted.length > 0 ? wanted.includes(name) : !existsSync(`${folder}${name}.history.json`),
);

const process_ = await startProcess(await ownGround(), { renewAfter });
try {
  await process_.startWorker();
  await process_.forwarded();
  mkdirSync(folder, { recursive: true });
  for (const { name, play } of scenarios) {
    const workflowId = await play(process_);
    const history = await process_.client.workflow.getHandle(workflowId).fetchHistory();
    const recorded = await decodeHistory(JSON.parse(historyToJSON(history)), createReader(process_.keys.web.codec));
    writeFileSync(`${folder}${name}.history.json`, `${JSON.stringify(recorded, null, 1)}\n`);
    console.log(`${name}: ${history.events?.length} events`);
  }
} finally {
  await process_.stop();
}
