import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What `deploy/` gives to operators: alert rules for Prometheus, and a dashboard for Grafana. */

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

interface Panel {
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string }[];
}

const read = (path: string) => readFileSync(new URL(`../deploy/${path}`, import.meta.url), 'utf8');

export function alertRules(): AlertRule[] {
  const { groups } = parse(read('prometheus/alerts.yml')) as { groups: { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export function dashboardPanels(): Panel[] {
  return (JSON.parse(read('grafana/xiaomen.json')) as { panels: Panel[] }).panels;
}

/** Every expression, with the rule or the panel that has it. */
export function watchedExpressions(): { of: string; expression: string }[] {
  return [
    ...alertRules().map(({ alert, expr }) => ({ of: alert, expression: expr })),
    ...dashboardPanels().flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ of: title, expression: expr })),
    ),
  ];
}
