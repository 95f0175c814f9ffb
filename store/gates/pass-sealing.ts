import { type DocumentProof, encodeSealedPass, sealingContext } from '../../domain/sealed-pass.ts';
import type { GateCodes } from '../../platform/gate-codes.ts';
import { sealTo } from '../../platform/sealing.ts';

/** What a gate may show its guard of a pass, on its way to being sealed. */
export interface ToldPass {
  reservation: string;
  ordinal: number;
  version: number;
  name: string;
  plate: string | null;
  phone?: string | null;
  proof: DocumentProof;
  gateCode: string;
  from: Date;
  gates: bigint;
}

/** Seals a pass to one gate: what a guard may see, and what a code and a document are compared with. */
export function sealPass(gate: { id: string; sealingKey: Buffer }, pass: ToldPass, gateCodes: GateCodes): Buffer {
  const bytes = encodeSealedPass({
    name: pass.name,
    ...(pass.plate ? { plate: pass.plate } : {}),
    ...(pass.phone ? { phoneTail: pass.phone.slice(-4) } : {}),
    codeHash: gateCodes(gate.id, pass.gateCode),
    proof: pass.proof,
    from: pass.from.getTime(),
    gates: pass.gates,
  });
  return sealTo(gate.sealingKey, bytes, sealingContext(gate.id, pass));
}
