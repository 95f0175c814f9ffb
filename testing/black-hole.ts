import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way through TCP that can be made to swallow everything, as a host that vanished: no answer and no reset. */
export interface BlackHole {
  port: number;
  /** `url` by this way. */
  through(url: string): string;
  /** From now on nothing passes, whether the connection stood before or is made now. */
  swallow(): void;
  /** New connections pass again, as to the host that took over. What was swallowed stays swallowed. */
  takeOver(): void;
  /** The host itself is back, as after a restart: it knows none of the connections that it left, and resets them. */
  comeBack(): void;
  close(): Promise<void>;
}

export async function openBlackHole(target: { host: string; port: number }): Promise<BlackHole> {
  const ways = new Set<{ inward: Socket; outward?: Socket }>();
  let swallowing = false;

  const server = createServer({ allowHalfOpen: true }, (inward) => {
    inward.on('error', () => {});
    if (swallowing) {
      ways.add({ inward: inward.resume() });
      return;
    }
    const outward = connect(target).on('error', () => {});
    ways.add({ inward, outward });
    inward.pipe(outward).pipe(inward);
    inward.on('close', () => outward.destroy());
    outward.on('close', () => {
      if (!swallowing) inward.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    through(url) {
      const changed = new URL(url);
      changed.host = `127.0.0.1:${port}`;
      return changed.href;
    },
    swallow() {
      swallowing = true;
      for (const { inward, outward } of ways) {
        if (!outward) continue;
        inward.unpipe(outward).resume();
        outward.unpipe(inward).destroy();
      }
    },
    takeOver() {
      swallowing = false;
    },
    comeBack() {
      swallowing = false;
      for (const { inward } of ways) inward.resetAndDestroy();
      ways.clear();
    },
    async close() {
      for (const { inward, outward } of ways) {
        inward.destroy();
        outward?.destroy();
      }
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
