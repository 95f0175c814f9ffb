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

export interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { type: string; uid: string };
  targets?: { refId: string; expr: string; legendFormat: string; datasource: { type: string; uid: string } }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  time: { from: string; to: string };
  templating: { list: { name: string; type: string; query: string }[] };
  panels: Panel[];
}

const read = (path: string) => readFileSync(new URL(`../deploy/${path}`, import.meta.url), 'utf8');

/** The file as it is: a group is evaluated together. */
export const alertGroups = (): { name: string; rules: AlertRule[] }[] =>
  (parse(read('prometheus/alerts.yml')) as { groups: { name: string; rules: AlertRule[] }[] }).groups;
export const alertRules = (): AlertRule[] => alertGroups().flatMap(({ rules }) => rules);

export const dashboard = (): Dashboard => JSON.parse(read('grafana/xiaomen.json')) as Dashboard;
export const dashboardPanels = (): Panel[] => dashboard().panels;

/** Every expression, with the rule or the panel that has it. */
export function watchedExpressions(): { of: string; expression: string }[] {
  return [
    ...alertRules().map(({ alert, expr }) => ({ of: alert, expression: expr })),
    ...dashboardPanels().flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ of: title, expression: expr })),
    ),
  ];
}
