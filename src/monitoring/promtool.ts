import { runTool, type ToolRun } from './tool.js';

/** One run of promtool over copies of files. */
export interface PromtoolInput {
  tool: string;
  /** Relative path → content. */
  files: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/** `promtool test rules FILE`: exit 0 when every test of the file passes. */
export function testRules(input: PromtoolInput & { testFile: string }): Promise<ToolRun> {
  return runTool({ ...input, args: ['test', 'rules', input.testFile] });
}

/** `promtool check rules FILE`. Lint findings don't count: a rule that is there twice is still loaded. */
export function checkRules(input: PromtoolInput & { ruleFile: string }): Promise<ToolRun> {
  return runTool({ ...input, args: ['check', 'rules', '--lint=none', input.ruleFile] });
}

/** `promtool check config FILE`: also reads the rule files that the configuration names. */
export function checkConfig(input: PromtoolInput & { configFile: string }): Promise<ToolRun> {
  return runTool({ ...input, args: ['check', 'config', '--lint=none', input.configFile] });
}
