import { EpeeError } from '@epee/errors';
import { imageTokens } from '../package/manifest.ts';
import type { GraphLayout } from './layout.ts';
import type { NamedTensor, TensorType } from './tensors.ts';

/** The inputs and outputs of a graph, as the runtime reports them. */
export interface GraphReport {
  readonly inputs: readonly PortReport[];
  readonly outputs: readonly PortReport[];
}

/** One input or output; `type` is the runtime's own name. */
export interface PortReport {
  readonly name: string;
  readonly type: string;
}

type Ports = Readonly<Record<string, TensorType>>;

const TEXT_INPUTS: Ports = { input_ids: 'int64', lengths: 'int32', task: 'int64', word_mask: 'float32', markers: 'int64' };
const IMAGE_INPUTS: Ports = { pixel_values: 'float32', task: 'int64' };
const POLICY_INPUTS: Ports = { entropy_threshold: 'float32', patience: 'int64' };
const SWEEP_OUTPUTS: Ports = { all_pooled_logits: 'float32', all_tag_logits: 'float32' };
const PLAIN_OUTPUTS: Ports = { pooled_logits: 'float32', tag_logits: 'float32' };
const EXIT_OUTPUTS: Ports = {
  pooled_logits: 'float32',
  tag_ids: 'int32',
  tag_confidence: 'float32',
  exit_layer: 'int64',
  exit_reason: 'int64',
  entropy: 'float32',
};

/** How far rounding in single precision may put an entropy outside [0, 1]. */
const ENTROPY_ROUNDING = 1e-3;

/**
 * The graphs of a package: with early exits, with the logits of every layer, and with those of the
 * last layer alone.
 */
export type GraphKind = 'exit' | 'sweep' | 'plain';

const OUTPUTS: Readonly<Record<GraphKind, Ports>> = { exit: EXIT_OUTPUTS, sweep: SWEEP_OUTPUTS, plain: PLAIN_OUTPUTS };

/** Names of the outputs that the engine fetches. */
export function outputNames(kind: GraphKind): string[] {
  return Object.keys(OUTPUTS[kind]);
}

/**
 * Checks that a graph has the inputs and outputs of its kind, with their types. More outputs are
 * allowed, more inputs are not.
 * @param file name of the graph's file, for the message
 * @throws EpeeError MODEL_INVALID
 */
export function checkPorts(kind: GraphKind, file: string, report: GraphReport, { image }: Pick<GraphLayout, 'image'>): void {
  const inputs = { ...(image === null ? TEXT_INPUTS : IMAGE_INPUTS), ...(kind === 'exit' ? POLICY_INPUTS : {}) };
  const outputs = OUTPUTS[kind];
  const problems = [...portProblems('input', inputs, report.inputs), ...portProblems('output', outputs, report.outputs)];
  const stray = report.inputs.find(({ name }) => !Object.hasOwn(inputs, name));
  if (stray !== undefined) problems.push(`it has an input '${stray.name}' that the engine does not set`);
  if (problems.length > 0) throw invalid(file, problems);
}

/**
 * Checks the outputs of a dry run: shapes that fit the manifest's labels, every row at the last
 * layer, finite numbers.
 * @throws EpeeError MODEL_INVALID
 */
export function checkDryRun(
  kind: GraphKind,
  file: string,
  inputs: readonly NamedTensor[],
  outputs: readonly NamedTensor[],
  layout: GraphLayout,
): void {
  const [rows] = inputs.find(({ name }) => name === 'task')!.dims as [number];
  const tokens = layout.image === null ? inputs.find(({ name }) => name === 'input_ids')!.dims[1]! : imageTokens(layout.image);
  const problems = Object.entries(expectedDims(kind, rows, tokens, layout)).flatMap(([name, dims]) => {
    const found = outputs.find((output) => output.name === name)?.dims ?? [];
    return found.join() === dims.join() ? [] : [`output '${name}' has shape [${found}], but the manifest needs [${dims}]`];
  });
  if (problems.length === 0 && kind === 'exit') problems.push(...depthProblems(outputs, layout.layers));
  if (problems.length > 0) throw invalid(file, problems);
}

function expectedDims(kind: GraphKind, rows: number, tokens: number, layout: GraphLayout): Record<string, number[]> {
  const { layers, pooledWidth, groupCount, tagWidth } = layout;
  if (kind === 'plain') return { pooled_logits: [1, rows, pooledWidth], tag_logits: [1, rows, tokens, tagWidth] };
  if (kind === 'sweep') return { all_pooled_logits: [layers, rows, pooledWidth], all_tag_logits: [layers, rows, tokens, tagWidth] };
  return {
    pooled_logits: [rows, pooledWidth],
    tag_ids: [rows, tokens, groupCount],
    tag_confidence: [rows, tokens, groupCount],
    exit_layer: [rows],
    exit_reason: [rows],
    entropy: [rows],
  };
}

function depthProblems(outputs: readonly NamedTensor[], layers: number): string[] {
  const values = (name: string) => Array.from(outputs.find((output) => output.name === name)!.data, Number);
  const depth = values('exit_layer').find((layer) => layer !== layers);
  if (depth !== undefined) return [`a row at full depth left after layer ${depth}, but the manifest says ${layers} layers`];
  const entropy = values('entropy').find((value) => !(value > -ENTROPY_ROUNDING && value < 1 + ENTROPY_ROUNDING));
  return entropy === undefined ? [] : [`the entropy of an empty row is ${entropy}, but must be from 0 to 1`];
}

function portProblems(side: 'input' | 'output', expected: Ports, found: readonly PortReport[]): string[] {
  return Object.entries(expected).flatMap(([name, type]) => {
    const port = found.find((candidate) => candidate.name === name);
    if (port === undefined) return [`${side} '${name}' is missing`];
    return port.type === type ? [] : [`${side} '${name}' is ${port.type}, but must be ${type}`];
  });
}

function invalid(file: string, problems: readonly string[]): EpeeError {
  return new EpeeError('MODEL_INVALID', `${file} does not fit the manifest: ${problems.join('; ')}`, {
    stage: 'config',
    hint: 'Export the package again with the trainer of this release.',
  });
}
