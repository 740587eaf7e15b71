import { describe, expect, it } from 'vitest';
import { readPython } from '../../../../src/lifecycle/readers/python.js';
import { pythonFlows } from '../../../../src/lifecycle/readers/pythonFlows.js';

const flows = (text: string, path = 'dags/weekly.py') => pythonFlows(readPython(path, text));

describe('pythonFlows', () => {
  it('reads an Airflow DAG: its id, tasks, commands and the DAG that it starts', () => {
    const [dag] = flows(
      'from airflow import DAG\nfrom airflow.operators.bash import BashOperator\nfrom airflow.operators.trigger_dagrun import TriggerDagRunOperator\nwith DAG("features", schedule="@daily") as dag:\n    a = BashOperator(task_id="train_model", bash_command="python train.py")\n    TriggerDagRunOperator(task_id="t", trigger_dag_id="train")\n',
    );
    expect(dag).toMatchObject({ kind: 'Airflow DAG', name: 'features', line: 4, uses: ['train'] });
    expect(dag?.labels).toEqual(expect.arrayContaining(['features', 'weekly', 'train_model']));
    expect(dag?.commands).toEqual([{ text: 'python train.py', line: 5, folder: '' }]);
  });

  it.each([
    [
      'from airflow.decorators import dag\n@dag(dag_id="d", schedule=None)\ndef f():\n    train()\n',
      'Airflow DAG',
      'd',
    ],
    ['from prefect import flow\n@flow(name="score")\ndef f():\n    load()\n', 'Prefect flow', 'score'],
    ['import dagster as dg\n@dg.job\ndef nightly():\n    train()\n', 'Dagster job', 'nightly'],
    ['from kfp import dsl\n@dsl.pipeline(name="kp")\ndef p():\n    train_op()\n', 'Kubeflow pipeline', 'kp'],
    [
      'from zenml import pipeline\n@pipeline(enable_cache=False)\ndef training_pipeline():\n    trainer()\n',
      'ZenML pipeline',
      'training_pipeline',
    ],
    [
      'from sagemaker.workflow.pipeline import Pipeline\np = Pipeline(name="Abalone", steps=[])\n',
      'SageMaker pipeline',
      'Abalone',
    ],
    ['from tfx import v1 as tfx\np = tfx.dsl.Pipeline(pipeline_name="taxi", components=[])\n', 'TFX pipeline', 'taxi'],
  ])('knows by its import what declares a pipeline: %j', (text, kind, name) => {
    expect(flows(text).map((part) => [part.kind, part.name])).toEqual([[kind, name]]);
  });

  it('reads a Metaflow flow with its steps', () => {
    const [flow] = flows(
      'from metaflow import FlowSpec, step\nclass ChurnFlow(FlowSpec):\n    @step\n    def start(self):\n        self.next(self.train)\n    @step\n    def train(self):\n        fit()\n',
    );
    expect(flow).toMatchObject({ kind: 'Metaflow flow', name: 'ChurnFlow', line: 2 });
    expect(flow?.labels).toEqual(expect.arrayContaining(['start', 'train']));
  });

  it('does not take a pipeline of scikit-learn, or a decorator of another library, for one', () => {
    expect(flows('from sklearn.pipeline import Pipeline\np = Pipeline([])\n')).toEqual([]);
    expect(flows('from mine import flow, pipeline\n@flow\ndef a(): pass\n@pipeline\ndef b(): pass\n')).toEqual([]);
  });
});
