import type { EvaluationReport } from './report.ts';

export function evaluationPage(_report: EvaluationReport): string {
  return '';
}
