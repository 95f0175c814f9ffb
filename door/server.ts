import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
} from '@grpc/grpc-js';
import proto from '@temporalio/proto';
import { hostInAddress } from '../platform/host-in-address.ts';
import { answer, type DoorParts, type Failure } from './answer.ts';

/** The door's listener: gRPC, with every method of the engine's API, so that what is refused is known by its name. */
export interface DoorServer {
  port: number;
  /** Takes no more calls, and ends when those that were begun have; after `patience`, in ms, they are cut off. */
  close(patience: number): Promise<void>;
}

/** A gate's longest message is the failure of an activity; an event is less than a kilobyte. */
const longestMessage = 128 * 1_024;

const options = {
  'grpc.max_receive_message_length': longestMessage,
  /** A connection's; the calls of one gate are counted over all of them. */
  'grpc.max_concurrent_streams': 32,
  // A gate whose line is dead is let go, and its polls with it.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A gate always has a poll open: who asks nothing is none.
  'grpc.max_connection_idle_ms': 300_000,
};

/** @param tls PEM texts; left out: in clear, behind a proxy or on an inner network */
export async function listenAtDoor(
  parts: DoorParts,
  { host, port, tls }: { host: string; port: number; tls?: { certificate: Buffer; key: Buffer } | undefined },
): Promise<DoorServer> {
  const server = new Server(options);
  for (const [service, names] of Object.entries(services)) addService(server, service, names, parts);
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
    : ServerCredentials.createInsecure();
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${hostInAddress(host)}:${port}`, credentials, (error, at) =>
      error ? reject(error) : resolve(at),
    );
  });
  return {
    port: bound,
    async close(patience) {
      const late = setTimeout(() => server.forceShutdown(), patience);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(late);
    },
  };
}

/** Names of a service's methods as they are on the wire, `PollActivityTaskQueue`: the SDK reads the API's own description. */
const methodsOf = (service: unknown): string[] => Object.keys((service as { methods: object }).methods);

const workflowService = 'temporal.api.workflowservice.v1.WorkflowService';
const operatorService = 'temporal.api.operatorservice.v1.OperatorService';
export const workflowMethods = methodsOf(proto.temporal.api.workflowservice.v1.WorkflowService);
export const operatorMethods = methodsOf(proto.temporal.api.operatorservice.v1.OperatorService);
const services = { [workflowService]: workflowMethods, [operatorService]: operatorMethods };

function addService(server: Server, service: string, names: string[], parts: DoorParts): void {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: Parameters<Server['addService']>[1] = {};
  for (const name of names) {
    const asked = service === workflowService ? name : `${operatorService}/${name}`;
    definition[name] = { path: `/${service}/${name}`, requestStream: false, responseStream: false, ...bytes };
    handlers[name] = (call: ServerUnaryCall<Buffer, Uint8Array>, reply: sendUnaryData<Uint8Array>) => {
      answer(asked, call, parts).then(
        (said) => reply(null, said),
        (failure: Failure) => reply(failure),
      );
    };
  }
  server.addService(definition, handlers);
}

/** Bytes go through: each method reads its own. */
const asBuffer = (said: Uint8Array): Buffer => Buffer.from(said.buffer, said.byteOffset, said.byteLength);
const bytes = {
  requestSerialize: asBuffer,
  requestDeserialize: (said: Buffer) => said,
  responseSerialize: asBuffer,
  responseDeserialize: (said: Buffer) => said,
};
