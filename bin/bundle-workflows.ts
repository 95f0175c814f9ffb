import { bundleWorkflows } from '../activities/workflow-bundle.ts';
import { createLog } from '../platform/log.ts';

/**
 * node bin/bundle-workflows.ts <folder>: bundles the workflows of these sources into a folder, which workers are given as
 * WORKFLOW_BUNDLES. Done while an image is built, a worker takes tasks seconds sooner and needs no compiler.
 */
const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: node bin/bundle-workflows.ts <folder>');
  process.exit(2);
}
const { code } = await bundleWorkflows(createLog('bundle', 'warn'), folder);
console.log(`Bundled workflows are in ${folder}: ${code.length} characters.`);
