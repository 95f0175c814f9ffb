/** Where the Temporal Web UI lives behind our login; the engine is started with the same `--ui-public-path`. */
export const temporalUiPath = '/admin/temporal';

/** The UI's page of one workflow. */
export function workflowPath(namespace: string, workflowId: string): string {
  return `${temporalUiPath}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
