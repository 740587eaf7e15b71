import type { EncodedPath } from '../../contract/encodedPath.js';
import type { LifecycleStage } from '../../contract/stage.js';
import type { ToolPart } from '../facts.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

/** Resource types of CloudFormation and SAM that take part in a model's life. */
const STAGES: { pattern: RegExp; stage: LifecycleStage }[] = [
  { pattern: /^AWS::SageMaker::(Endpoint|EndpointConfig|Model|InferenceComponent)$/, stage: 'deployment' },
  { pattern: /^AWS::SageMaker::(ModelPackage|ModelPackageGroup)$/, stage: 'registration' },
  { pattern: /^AWS::SageMaker::(Pipeline|Project)$/, stage: 'training' },
  { pattern: /^AWS::SageMaker::(MonitoringSchedule|\w+JobDefinition)$/, stage: 'monitoring' },
  { pattern: /^AWS::CloudWatch::(Alarm|CompositeAlarm|Dashboard)$/, stage: 'monitoring' },
  { pattern: /^AWS::(Serverless::Function|Lambda::Function|ECS::Service|AppRunner::Service)$/, stage: 'deployment' },
];

/** Whether a mapping is a CloudFormation or SAM template. */
export function isCloudFormation(document: YamlNode): boolean {
  const resources = document.get('Resources');
  if (!resources?.isMap) return false;
  if (document.get('AWSTemplateFormatVersion') || document.get('Transform')) return true;
  return resources.pairs().some(({ value }) => /^AWS::\w+::/.test(value?.get('Type')?.text ?? ''));
}

/** Reads the resources of a CloudFormation template; intrinsic functions stay as they are. */
export function readCloudFormation(path: EncodedPath, document: YamlNode): ToolPart[] {
  return (document.get('Resources')?.pairs() ?? []).flatMap(({ key, place, value }) => {
    const type = value?.get('Type')?.text ?? '';
    const known = STAGES.find(({ pattern }) => pattern.test(type));
    if (!known) return [];
    const image = value?.get('Properties', 'ImageUri')?.text ?? value?.get('Properties', 'Code', 'ImageUri')?.text;
    return [
      toolPart(place, {
        path,
        kind: type,
        name: key,
        evidence: `Type: ${type}`,
        stage: known.stage,
        labels: [key],
        images: image === undefined ? [] : [image],
        uses: value?.get('Properties', 'CodeUri')?.texts() ?? [],
      }),
    ];
  });
}
