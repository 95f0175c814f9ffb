import { middleOf, type PlanPoint, planBox } from '../../domain/plan.ts';
import type { Language, Translate } from '../../platform/i18n.ts';
import type { Campus, Coordinates, Department, Gate } from '../../store/content/content.ts';

/** 如何到达: the gate to go to, on the maps of others and on our plan. */
export interface GettingHere {
  /** The gate to come in by. */
  gate?: Gate;
  maps: { app: 'amap' | 'tencent' | 'apple'; href: string }[];
  plan?: DrawnPlan;
}

/** What `guides/plan` draws, in the plan's own units. */
export interface DrawnPlan {
  box: string;
  /** A name stands in its shape where it fits. */
  shapes: { kind: string; points: string; name?: string; at: PlanPoint }[];
  gates: { name: string; label: string; at: PlanPoint; width: number; suggested: boolean }[];
  building?: { name: string; at: PlanPoint };
}

export function gettingHere(
  { campus, gates, department }: { campus: Campus; gates: Gate[]; department: Department | undefined },
  language: Language,
): GettingHere {
  const gate = suggestedGate(gates, department);
  const maps = gate?.coordinates ? mapLinks(gate.coordinates, `${campus.name[language]} ${gate.name[language]}`) : [];
  return {
    ...(gate && { gate }),
    maps,
    ...(campus.plan.length > 0 && { plan: drawPlan(campus, gates, { gate, department }, language) }),
  };
}

/**
 * The one that the department names, else the nearest on the plan; without positions the first.
 * @param gates those in service on the department's campus
 */
export function suggestedGate(gates: Gate[], department: Department | undefined): Gate | undefined {
  const named = gates.find(({ id }) => id === department?.nearestGate);
  if (named) return named;
  const to = department?.planPoint;
  const away = ({ planPoint }: Gate) =>
    to && planPoint ? Math.hypot(planPoint.x - to.x, planPoint.y - to.y) : Infinity;
  return gates.toSorted((a, b) => away(a) - away(b) || a.number - b.number)[0];
}

/** By which gate to come in, and when it is open. */
export function gateSentence({ name, hours }: Gate, language: Language, t: Translate): string {
  return t('visit.nearest_gate', {
    gate: name[language],
    hours: hours ? t('visit.gate_hours', hours) : t('visit.gate_always'),
  });
}

/** Each opens its app where there is one, else its page. Ours are WGS 84 degrees, and each is told so. */
function mapLinks({ latitude, longitude }: Coordinates, name: string): GettingHere['maps'] {
  const address = (base: string, values: Record<string, string>) => `${base}?${new URLSearchParams(values)}`;
  return [
    {
      app: 'amap',
      href: address('https://uri.amap.com/marker', {
        position: `${longitude},${latitude}`,

        name,
        coordinate: 'wgs84',
        callnative: '1',
      }),
    },
    {
      app: 'tencent',
      href: address('https://apis.map.qq.com/uri/v1/marker', {
        marker: `coord:${latitude},${longitude};title:${name};addr:${name}`,

        coord_type: '1',
        referer: 'xiaomen',
      }),
    },
    { app: 'apple', href: address('https://maps.apple.com/', { ll: `${latitude},${longitude}`, q: name }) },
  ];
}

export function drawPlan(
  campus: Campus,
  gates: Gate[],
  { gate, department }: { gate?: Gate | undefined; department?: Department | undefined },
  language: Language,
): DrawnPlan {
  const marked = gates.flatMap(({ id, name, planPoint }) =>
    planPoint ? [{ name: name[language], ...signOf(name[language]), at: planPoint, suggested: id === gate?.id }] : [],
  );
  const building = department?.planPoint && { name: department.name[language], at: department.planPoint };
  return {
    box: planBox(campus.plan, [...marked.flatMap(endsOf), ...(building ? [building.at] : [])]),
    shapes: campus.plan.map((shape) => ({
      kind: shape.kind,
      points: shape.points.map((point) => point.join(',')).join(' '),
      at: middleOf(shape),
      ...(shape.name && fits(shape.name[language], shape.points) && { name: shape.name[language] }),
    })),
    gates: marked,
    ...(building && { building }),
  };
}

/** Letters on a plan are so high (web/styles/guide.css), in its units; Latin ones about half as wide. */
const letter = 38;
const widthOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + (/\p{Script=Han}/u.test(character) ? letter : letter * 0.55), 0);

function fits(text: string, points: [number, number][]): boolean {
  const xs = points.map(([x]) => x);
  return widthOf(text) <= Math.max(...xs) - Math.min(...xs) + 10;
}

/** A gate's sign leaves out that it is one. */
function signOf(name: string): { label: string; width: number } {
  const label = name.replace(/ gate$/i, '');
  return { label, width: Math.ceil(widthOf(label)) + 28 };
}

/** A sign at the edge of the campus reaches beyond it. */
const endsOf = ({ at, width }: { at: { x: number; y: number }; width: number }) =>
  [-width / 2, width / 2].map((aside) => ({ x: at.x + aside, y: at.y }));
