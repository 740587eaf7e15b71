import type { EncodedPath } from '../../contract/encodedPath.js';
import type { LifecycleStage } from '../../contract/stage.js';
import type { ToolPart } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { toolPart } from './toolPart.js';

const MAX_RESOURCES = 500;
/** Characters of a block that are searched for its images. */
const MAX_BLOCK = 20_000;
const MAX_BLOCK_LINES = 2000;
const MAX_LINE = 2000;

/** Resource types of the providers' documentation that train, register, serve or watch, or run what does. */
const STAGES: { pattern: RegExp; stage: LifecycleStage; serving: boolean }[] = [
  {
    pattern:
      /^(aws_sagemaker_(endpoint|endpoint_configuration|model)|google_vertex_ai_endpoint|azurerm_machine_learning_inference_cluster|databricks_model_serving)$/,
    stage: 'deployment',
    serving: true,
  },
  {
    pattern: /^(aws_sagemaker_model_package_group|databricks_(mlflow_model|registered_model))$/,
    stage: 'registration',
    serving: true,
  },
  { pattern: /^(aws_sagemaker_pipeline|databricks_mlflow_experiment)$/, stage: 'training', serving: true },
  {
    pattern:
      /^(aws_sagemaker_(monitoring_schedule|data_quality_job_definition)|google_monitoring_alert_policy|aws_cloudwatch_metric_alarm|azurerm_monitor_metric_alert|grafana_dashboard)$/,
    stage: 'monitoring',
    serving: false,
  },
  {
    pattern:
      /^(aws_apprunner_service|aws_ecs_(service|task_definition)|aws_lambda_function|google_cloud_run_(service|v2_service)|google_cloudfunctions2?_function|azurerm_(container_group|container_app|linux_web_app)|helm_release|kubernetes_deployment(_v1)?)$/,
    stage: 'deployment',
    serving: false,
  },
];

/** Whether a resource type by itself says that a model is served, trained or registered. */
export function isModelResource(kind: string): boolean {
  const type = kind.replace(/^Terraform /, '');
  return STAGES.some(({ pattern, serving }) => serving && pattern.test(type));
}

/** Reads the resources of a Terraform file that take part in a model's life. HCL is read as text. */
export function readTerraform(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  const parts: ToolPart[] = [];
  for (const match of text.matchAll(/^[\uFEFF \t]*resource[ \t]+"([\w-]{1,100})"[ \t]+"([\w-]{1,100})"[ \t]*\{/gm)) {
    if (parts.length >= MAX_RESOURCES) break;
    const [head, type, name] = match as unknown as [string, string, string];
    const known = STAGES.find(({ pattern }) => pattern.test(type));
    if (!known) continue;
    const open = match.index + head.length - 1;
    const end = blockEnd(lines, open);
    const body = text.slice(open, Math.min(end, open + MAX_BLOCK));
    const start = match.index + head.search(/[^\s\uFEFF]/);
    parts.push(
      toolPart(lines.place(start, end), {
        path,
        kind: `Terraform ${type}`,
        name,
        evidence: head
          .replace('\uFEFF', '')
          .trim()
          .replace(/\s*\{$/, ''),
        stage: known.stage,
        labels: [name],
        images: [
          ...body.matchAll(
            /^[ \t]*(?:image|image_uri|image_identifier|container_image)[ \t]*=[ \t]*"([^"\n]{1,300})"/gm,
          ),
        ].map((image) => image[1] as string),
      }),
    );
  }
  return parts;
}

/** Offset after the line that closes a block: braces are counted outside strings, comments and heredocs. */
function blockEnd(lines: LineTable, open: number): number {
  const first = lines.lineAt(open);
  let depth = 0;
  let heredoc: string | undefined;
  for (let number = first; number <= Math.min(lines.lineCount, first + MAX_BLOCK_LINES); number += 1) {
    const start = number === first ? open : lines.startOf(number);
    const line = lines.text.slice(start, lines.startOf(number + 1));
    if (heredoc !== undefined) {
      if (line.trim() === heredoc) heredoc = undefined;
      continue;
    }
    const code = line.slice(0, MAX_LINE).replace(/"(?:[^"\\]|\\.)*"|#.*|\/\/.*|\/\*.*?\*\//g, '""');
    heredoc = /<<-?\s*(\w+)\s*$/.exec(code)?.[1];
    for (const brace of code.match(/[{}]/g) ?? []) depth += brace === '{' ? 1 : -1;
    if (depth <= 0) return start + line.trimEnd().length;
  }
  return lines.text.length;
}
