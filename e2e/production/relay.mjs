import { connect, createServer } from 'node:net';

/**
 * node --eval <this text> -- <address> <other machine> <port>:<port there> …: hands each connection to a port of the address on
 * to the port of the other machine. Plain JavaScript, since it runs from its text alone, in a container too.
 */
const [, address, other, ...pairs] = process.argv;
for (const pair of pairs) {
  const [from, to] = pair.split(':').map(Number);
  const server = createServer((near) => {
    const far = connect(to, other);
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  server.listen(from, address);
}
