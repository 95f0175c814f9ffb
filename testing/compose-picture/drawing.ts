import type { Compose, Service } from '../compose-file.ts';

/**
 * `docker-compose.yml` as a picture: a line a service, an upright one a network, a dot where a service is on a network.
 * Services that differ in name alone share a line.
 */

const [rowHeight, columnWidth, boxWidth, top, left] = [34, 92, 290, 74, 24];
const publishedWidth = 118;

interface Row {
  names: string[];
  what: string;
  kind: 'ours' | 'others' | 'job' | 'by hand';
  networks: string[];
  ports: string[];
}

/** Each kind as its box is filled, and what the legend says of it. */
const kinds = {
  ours: { fill: '#d7ecdf', legend: 'of the image that is built here' },
  others: { fill: '#dde6f5', legend: 'of an image of others' },
  job: { fill: '#f4ecd2', legend: 'runs once at each start' },
  'by hand': { fill: '#ffffff', legend: 'runs by hand alone' },
} as const;

/** @returns an SVG */
export function drawingOf({ services, networks }: Compose): string {
  const rows = rowsOf(services);
  const columns = Object.entries(networks).map(([name, network]) => ({ name, inner: network?.internal === true }));
  const x = (network: string) =>
    left + publishedWidth + boxWidth + 50 + columns.findIndex(({ name }) => name === network) * columnWidth;
  const width = x(columns.at(-1)?.name ?? '') + columnWidth / 2 + 20;
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 62;
  const upright = columns.map(
    ({ name, inner }) =>
      `<path d="M${x(name)} ${top - 18}V${bottom}" stroke="#5a6672" stroke-width="2"${inner ? '' : ' stroke-dasharray="6 4"'}/>` +
      text(x(name), top - 44, name, 'middle', true) +
      text(x(name), top - 28, inner ? 'inner' : 'leads outside', 'middle'),
  );
  const lines = rows.map((row, index) => lineOf(row, top + index * rowHeight + rowHeight / 2, x));
  const legend = Object.values(kinds).map(
    ({ fill, legend }, index) =>
      `<rect x="${left + index * 225}" y="${bottom + 24}" width="16" height="16" fill="${fill}" stroke="#5a6672"/>` +
      text(left + 24 + index * 225, bottom + 36, legend, 'start'),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The services of docker-compose.yml and their networks" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fbfcfd"/>`,
    ...upright,
    ...lines,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function lineOf({ names, what, kind, networks, ports }: Row, y: number, x: (network: string) => number): string {
  const box = left + publishedWidth;
  const to = Math.max(...networks.map(x));
  const published =
    ports.length > 0
      ? `<path d="M${left + 4} ${y}H${box - 4}m-8 -5l8 5l-8 5" fill="none" stroke="#b3261e" stroke-width="2"/>` +
        text(left + 4, y - 7, `published: ${ports.join(', ')}`, 'start')
      : '';
  return [
    published,
    `<path d="M${box + boxWidth} ${y}H${to}" stroke="#9aa5b1"/>`,
    `<rect x="${box}" y="${y - 13}" width="${boxWidth}" height="26" rx="4" fill="${kinds[kind].fill}" stroke="#5a6672"/>`,
    text(box + 8, y + 4, names.join(' · '), 'start', true),
    text(box + boxWidth - 8, y + 4, what, 'end'),
    ...networks.map((name) => `<circle cx="${x(name)}" cy="${y}" r="5" fill="#1f4e79"/>`),
  ].join('');
}

function rowsOf(services: Record<string, Service>): Row[] {
  const rows: (Row & { same: string })[] = [];
  for (const [name, service] of Object.entries(services)) {
    const same = JSON.stringify(service);
    const before = rows.find((row) => row.same === same);
    if (before) before.names.push(name);
    else rows.push({ same, ...rowOf(name, service) });
  }
  return rows;
}

function rowOf(name: string, service: Service): Row {
  const isOurs = service.build !== undefined;
  const script = [...(service.entrypoint ?? []), ...(service.command ?? [])].find((word) => word.startsWith('bin/'));
  const others = service.profiles ? 'by hand' : service.restart === 'on-failure' ? 'job' : undefined;
  return {
    names: [name],
    what: isOurs ? (script ?? '') : (service.image.split(':')[0] ?? ''),
    kind: others ?? (isOurs ? 'ours' : 'others'),
    networks: Array.isArray(service.networks) ? service.networks : Object.keys(service.networks),
    // Within the container: outside, .env says.
    ports: (service.ports ?? []).map((port) => port.split(':').at(-1) ?? ''),
  };
}

const text = (x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end', bold = false): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ''}>${words}</text>`;
