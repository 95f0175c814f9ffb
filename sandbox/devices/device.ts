/** What a device of the sandbox can be made to do wrong. */
export interface Misbehaviour {
  /** Sends what it sends in two pieces. */
  slow?: boolean;
  /** Ends the line in the middle of what it sends. */
  dies?: boolean;
  /** Shows another secret, or another serial number, than its own. */
  lies?: 'secret' | 'serial';
  /** Sends as another type of content. */
  type?: string;
  /** So many bytes more than it has to say. */
  padding?: number;
}

export interface SimulatedDevice {
  /** Somebody stands before it with this. @returns whether its arm opened */
  show(text: string, misbehaviour?: Misbehaviour): Promise<boolean>;
  /** The same thing once more, as it was sent before. */
  again(): Promise<boolean>;
  /** Status of the last answer that it got; undefined when it got none. */
  lastStatus(): number | undefined;
  stop?(): Promise<void>;
}

/** @returns undefined when the line ended without an answer */
export async function send(
  url: string,
  request: { method: string; headers: Record<string, string>; body?: string | Buffer },
  { slow, dies }: Misbehaviour = {},
): Promise<Response | undefined> {
  const bytes = Buffer.from(request.body ?? '');
  const half = Math.ceil(bytes.length / 2);
  const pieces = new ReadableStream<Uint8Array>({
    start(piece) {
      piece.enqueue(bytes.subarray(0, half));
      if (dies) return piece.error(new Error('The device has no power'));
      setImmediate(() => {
        piece.enqueue(bytes.subarray(half));
        piece.close();
      });
    },
  });
  const body = slow || dies ? { body: pieces, duplex: 'half' as const } : request.body ? { body: bytes } : {};
  return fetch(url, { method: request.method, headers: request.headers, ...body }).catch(() => undefined);
}
