import {
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';

/**
 * An engine that was away is looked for every few seconds, also at another address: left alone, the pauses between two tries grow
 * to two minutes, and a name is looked up twice a minute at most.
 */
const channelArgs = {
  'grpc.max_reconnect_backoff_ms': 5_000,
  'grpc.dns_min_time_between_resolutions_ms': 5_000,
};

/** Connects at the first call. It may be closed while a call is tried again. */
export function openConnection(options: ConnectionOptions): { connection: Connection; close(): Promise<void> } {
  let closed = false;
  const connection = Connection.lazy({
    ...options,
    channelArgs,
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions()), quietOnce(() => closed)],
  });
  return {
    connection,
    close() {
      closed = true;
      return connection.close();
    },
  };
}

/** The same for who hands calls on: a call that fails is tried again by whoever asked. Connects at the first call. */
export const connectEngine = (options: ConnectionOptions): Connection =>
  Connection.lazy({ ...options, channelArgs, interceptors: [] });

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/** The SDK tries a call again from a timer; on a closed channel that throws where nobody can catch it, and ends the process. */
function quietOnce(isClosed: () => boolean): Interceptor {
  const nothing = () => {};
  const silent = { start: nothing, sendMessage: nothing, halfClose: nothing, cancelWithStatus: nothing };
  return (options, nextCall) => (isClosed() ? silent : nextCall(options)) as ReturnType<Interceptor>;
}
