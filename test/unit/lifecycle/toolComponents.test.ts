import { describe, expect, it } from 'vitest';
import type { LifecycleMap } from '../../../src/contract/lifecycle.js';
import { buildLifecycle } from '../../../src/lifecycle/buildLifecycle.js';
import { memorySnapshot } from '../../support/memorySnapshot.js';

const TRAIN =
  'from sklearn.svm import SVC\nimport joblib\nmodel = SVC()\nmodel.fit(X, y)\njoblib.dump(model, "m.joblib")\n';
const SERVE = 'from fastapi import FastAPI\nimport joblib\nmodel = joblib.load("m.joblib")\napp = FastAPI()\n';

const mapOf = (files: Record<string, string>): LifecycleMap => buildLifecycle(memorySnapshot(files)).map;
const listed = (map: LifecycleMap): string[] =>
  map.components.map(({ stage, kind, path, lines }) => `${stage}: ${kind} ${path}:${lines.start}`);
const joined = (map: LifecycleMap): string[] => {
  const name = (id: string): string => map.components.find((component) => component.id === id)?.name ?? '?';
  return map.edges.map(({ kind, from, to }) => `${name(from)} ${kind} ${name(to)}`);
};

describe('components of what runs code', () => {
  it('follows a CI job through a Makefile and a script to the code that trains', () => {
    const map = mapOf({
      '.gitlab-ci.yml':
        'fit:\n  script: [make all]\nroll out:\n  script: ["kubectl apply -f k8s/"]\nlint:\n  script: [flake8 ml/train.py]\n',
      Makefile: 'all: train\ntrain:\n\t./scripts/run.sh\n',
      'scripts/run.sh': 'python ml/train.py\n',
      'ml/train.py': TRAIN,
    });
    expect(listed(map)).toEqual(
      expect.arrayContaining([
        'training: training script ml/train.py:4',
        'training: training GitLab CI job .gitlab-ci.yml:2',
        'training: training shell script scripts/run.sh:1',
        'deployment: deployment GitLab CI job .gitlab-ci.yml:4',
      ]),
    );
    expect(joined(map)).toContain('fit triggers train.py');
    expect(map.components.some(({ name }) => name === 'lint')).toBe(false);
  });

  it('ends with targets and scripts that call each other in a circle', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      Makefile: 'a: b\n\tmake b\nb: a\n\tsh x.sh\n',
      'x.sh': 'sh x.sh\nmake a\n',
      '.circleci/config.yml': 'jobs:\n  j:\n    steps:\n      - run: make a\n',
    });
    expect(map.components.map(({ name }) => name)).toEqual(['train.py']);
  });

  it('tells a DAG by its name and tasks, and joins it to the DAG that it starts and the code that it imports', () => {
    const dag = (id: string, body: string): string =>
      `from airflow import DAG\nfrom tasks import fit\nwith DAG("${id}") as dag:\n    ${body}\n`;
    const map = mapOf({
      'dags/features.py': dag('features', 'TriggerDagRunOperator(task_id="next", trigger_dag_id="weekly")').replace(
        'from tasks import fit\n',
        '',
      ),
      'dags/weekly.py': dag('weekly', 'PythonOperator(task_id="train_model", python_callable=fit)'),
      'dags/feature_monitoring.py': dag('feature_monitoring', 'PythonOperator(task_id="stats")').replace(
        'from tasks import fit\n',
        '',
      ),
      'dags/etl.py': dag('etl', 'PythonOperator(task_id="copy")').replace('from tasks import fit\n', ''),
      'dags/tasks.py': TRAIN,
    });
    expect(listed(map)).toEqual(
      expect.arrayContaining([
        'training: training Airflow DAG dags/weekly.py:3',
        'training: Airflow DAG dags/features.py:2',
        'monitoring: monitoring Airflow DAG dags/feature_monitoring.py:2',
      ]),
    );
    expect(map.components.some(({ path }) => path === 'dags/etl.py')).toBe(false);
    expect(joined(map)).toEqual(expect.arrayContaining(['features triggers weekly', 'weekly triggers tasks.py']));
  });

  it('takes a module named for monitoring that measures something for a monitoring script, and no other', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      'ml/monitoring.py': 'import pandas as pd\nprint(df.describe())\n',
      'ml/monitor.py': 'import psutil\nprint(psutil.cpu_percent().mean())\n',
      'ml/monitoring_config.py': 'A = 1\n',
    });
    expect(listed(map).filter((text) => text.startsWith('monitoring'))).toEqual([
      'monitoring: monitoring script ml/monitoring.py:2',
    ]);
  });

  it('tells an app and a batch prediction from an example', () => {
    const use = 'import joblib\nm = joblib.load("m")\nprint(m.predict(x))\n';
    const map = mapOf({
      'ml/train.py': TRAIN,
      'app.py': `import streamlit as st\n${use}`,
      'score.py': use,
      'load_example.py': use,
    });
    expect(listed(map).filter((text) => text.startsWith('deployment'))).toEqual([
      'deployment: model app app.py:4',
      'deployment: batch prediction score.py:3',
    ]);
  });
});

describe('web applications', () => {
  it('are model services by what they use, where one of them uses a model', () => {
    const services = (files: Record<string, string>): string[] =>
      mapOf({ 'ml/train.py': TRAIN, ...files })
        .components.filter(({ kind }) => kind === 'model service')
        .map(({ path }) => path);
    const hook = 'from fastapi import FastAPI\napp = FastAPI()\n';
    expect(services({ 'api/serve.py': SERVE, 'alerts/hook.py': hook })).toEqual(['api/serve.py']);
    expect(services({ 'alerts/hook.py': hook })).toEqual(['alerts/hook.py']);
  });
});

describe('images and jobs', () => {
  it('are shown by what they start, and are monitoring where that is what they run', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      'serve.py': SERVE,
      Dockerfile: 'FROM python:3.11\nENTRYPOINT ["uvicorn", "serve:app"]\nCMD []\n',
      'monitoring/panel.py': 'import streamlit as st\nst.write(1)\n',
      'docker/Dockerfile.panel': 'FROM python:3.11\nCMD ["streamlit", "run", "monitoring/panel.py"]\n',
    });
    const images = map.components.filter(({ kind }) => kind.endsWith('image'));
    expect(images.map(({ stage, path, lines, evidence }) => `${stage} ${path}:${lines.start} ${evidence}`)).toEqual([
      'deployment Dockerfile:2 ENTRYPOINT ["uvicorn", "serve:app"]',
      'monitoring docker/Dockerfile.panel:2 CMD ["streamlit", "run", "monitoring/panel.py"]',
    ]);
  });

  it('are told by their kind and group, and by a name that says otherwise', () => {
    const job = (kind: string, group: string, name: string): string =>
      `apiVersion: ${group}/v1\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
    const map = mapOf({
      'ml/train.py': TRAIN,
      'k8s/a.yaml': job('PyTorchJob', 'kubeflow.org', 'resnet'),
      'k8s/b.yaml': job('RayJob', 'ray.io', 'kafka-inference'),
      'k8s/c.yaml': job('MPIJob', 'kubeflow.org', 'nccl-test'),
      'k8s/d.yaml': job('Experiment', 'mlops.seldon.io', 'ab'),
    });
    expect(listed(map).slice(1)).toEqual([
      'training: PyTorchJob k8s/a.yaml:1',
      'deployment: batch prediction RayJob k8s/b.yaml:1',
    ]);
  });
});

describe('models that DVC tracks', () => {
  it('are found by what the pointer says, also when it is named otherwise', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      'dvcfiles/trained.dvc': 'wdir: ../models\nouts:\n- md5: a\n  size: 12\n  path: best.ckpt\n',
      'data/raw.csv.dvc': 'outs:\n- md5: b\n  path: raw.csv\n',
      'models/m.onnx.dvc': 'outs:\n- md5: c\n  path: m.onnx\n',
    });
    expect(listed(map).filter((text) => text.startsWith('registration'))).toEqual([
      'registration: model tracked by DVC models/m.onnx.dvc:1',
      'registration: model tracked by DVC dvcfiles/trained.dvc:1',
    ]);
  });
});

describe('components of declarations', () => {
  it('reads Helm templates by their lines, names them as not read, and leaves the platform out', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      'charts/api/Chart.yaml': 'apiVersion: v2\nname: api\nversion: 1.0.0\n',
      'charts/api/templates/d.yaml':
        '{{- if .Values.on }}\nkind: Deployment\nspec: { image: "{{ .Values.image }}" }\n{{- end }}\n',
      'charts/api/templates/redis.yaml': 'kind: StatefulSet\nspec:\n  - image: redis:7\n',
      'charts/api/templates/sm.yaml': 'kind: ServiceMonitor\n',
    });
    expect(listed(map).slice(1)).toEqual([
      'deployment: Helm template Deployment charts/api/templates/d.yaml:2',
      'monitoring: Helm template ServiceMonitor charts/api/templates/sm.yaml:1',
    ]);
    expect(map.unreadable.map(({ path, reason }) => `${path} ${reason}`)).toContain(
      'charts/api/templates/d.yaml template',
    );
  });

  it('takes the image of a template from the values of its chart, for what it is and which Dockerfile builds it', () => {
    const chart = (name: string, image: string): Record<string, string> => ({
      [`charts/${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
      [`charts/${name}/values.yaml`]: `image: { repository: ${image}, tag: "1" }\n`,
      [`charts/${name}/templates/d.yaml`]: 'kind: Deployment\nspec:\n  image: "{{ .Values.image.repository }}"\n',
    });
    const map = mapOf({
      'ml/train.py': TRAIN,
      'api/serve.py': SERVE,
      'api/Dockerfile': 'FROM python:3.11\nCMD ["uvicorn", "serve:app"]\n',
      ...chart('scorer', 'reg.example/api'),
      ...chart('cache', 'bitnami/redis'),
    });
    expect(listed(map)).toContain('deployment: Helm template Deployment charts/scorer/templates/d.yaml:1');
    expect(map.components.some(({ path }) => path.startsWith('charts/cache'))).toBe(false);
    expect(joined(map)).toContain('scorer deploys-image api/Dockerfile');
  });

  it('joins an overlay, an Argo CD Application and a Flagger Canary to what they put out', () => {
    const map = mapOf({
      'ml/train.py': TRAIN,
      'k8s/base/d.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api }\nspec: { template: { spec: { containers: [{ name: c, image: "reg/api:1" }] } } }\n',
      'k8s/prod/kustomization.yaml': 'resources: [../base]\n',
      'k8s/empty/kustomization.yaml': 'resources: [../../ml]\n',
      'argo/app.yaml':
        'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: api-app }\nspec: { source: { path: k8s/base } }\n',
      'flagger/c.yaml':
        'apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: api-canary }\nspec: { targetRef: { kind: Deployment, name: api } }\n',
    });
    expect(listed(map)).toEqual(
      expect.arrayContaining([
        'deployment: Kustomize overlay k8s/prod/kustomization.yaml:1',
        'deployment: Argo CD Application argo/app.yaml:1',
        'deployment: Flagger Canary flagger/c.yaml:1',
      ]),
    );
    expect(joined(map)).toEqual(
      expect.arrayContaining(['k8s/prod triggers api', 'api-app triggers api', 'api-canary gates api']),
    );
    expect(map.components.some(({ path }) => path === 'k8s/empty/kustomization.yaml')).toBe(false);
  });

  it('takes a generic cloud resource for a part only where something serves or its name says so', () => {
    const lambda = 'resource "aws_lambda_function" "cleanup" {\n}\n';
    const paths = (files: Record<string, string>): string[] =>
      mapOf({ 'ml/train.py': TRAIN, ...files }).components.map(({ path }) => path);
    expect(paths({ 'main.tf': lambda })).not.toContain('main.tf');
    expect(paths({ 'main.tf': lambda.replace('cleanup', 'predict') })).toContain('main.tf');
    expect(paths({ 'main.tf': lambda, 'serve.py': SERVE })).toContain('main.tf');
  });

  it('takes a Compose service for one by what it builds, or because its image serves models', () => {
    const compose =
      'services:\n  triton:\n    image: nvcr.io/nvidia/tritonserver:24.01-py3\n  db:\n    image: postgres:16\n';
    const map = mapOf({ 'ml/train.py': TRAIN, 'docker-compose.yml': compose });
    expect(listed(map).slice(1)).toEqual(['deployment: Compose service docker-compose.yml:2']);
  });

  it('joins a dashboard to the metric that it reads', () => {
    const map = mapOf({
      'train.py': TRAIN,
      'serve.py': `${SERVE}from prometheus_client import Counter\nC = Counter("predictions", "d")\n`,
      'grafana/model.json': '{"title": "Model", "panels": [{"targets": [{"expr": "rate(predictions_total[5m])"}]}]}',
      'grafana/schema.json': '{"title": "no dashboard"}',
    });
    expect(listed(map)).toContain('monitoring: Grafana dashboard grafana/model.json:1');
    expect(joined(map)).toContain('Model watches-metric predictions');
    expect(map.components.some(({ path }) => path === 'grafana/schema.json')).toBe(false);
  });
});

describe('the hand-over of a model', () => {
  it('shows the file that training saves where nothing registers, if something loads a model', () => {
    const saved = (files: Record<string, string>): string[] =>
      listed(mapOf(files)).filter((text) => text.startsWith('registration'));
    expect(saved({ 'train.py': TRAIN, 'serve.py': SERVE })).toEqual(['registration: saved model file train.py:5']);
    expect(saved({ 'train.py': TRAIN })).toEqual([]);
    expect(saved({ 'train.py': `${TRAIN}import mlflow\nmlflow.register_model(u, "m")\n`, 'serve.py': SERVE })).toEqual([
      'registration: registration script train.py:7',
    ]);
  });

  it('says that no step registers the model, and whether its file is baked into the image', () => {
    const told = (files: Record<string, string>): string[] =>
      mapOf(files)
        .unknowns.filter(({ stage }) => stage === 'registration')
        .map(({ text }) => text.split(', so')[0] as string);
    const image = 'FROM python:3.11\nCOPY models/ models/\nCMD ["uvicorn", "serve:app"]\n';
    expect(told({ 'train.py': TRAIN, 'serve.py': SERVE })).toEqual([
      'No registration step was found; the service loads a file that training leaves',
    ]);
    expect(told({ 'train.py': TRAIN, 'serve.py': SERVE, 'models/m.joblib': 'x', Dockerfile: image })).toEqual([
      'No registration step was found; the service loads a file baked into the image',
    ]);
    expect(told({ 'train.py': `${TRAIN}mlflow.register_model(u, "m")\n`, 'models/m.joblib': 'x' })).toEqual([
      expect.stringMatching(/^Which versions and aliases exist/),
    ]);
  });

  it('joins what loads a model by name to what registers that name, and tells names that nothing registers', () => {
    const map = mapOf({
      'train.py': `${TRAIN}import mlflow\nNAME = "churn"\nmlflow.register_model(u, NAME)\n`,
      'serve.py': `${SERVE}import mlflow\nNAME = "churn"\na = mlflow.pyfunc.load_model(f"models:/{NAME}@champion")\nb = mlflow.pyfunc.load_model("models:/ghost/1")\nc = mlflow.pyfunc.load_model(f"models:/{unknown}/1")\n`,
    });
    expect(map.edges.find(({ kind }) => kind === 'loads')?.reason).toBe(
      'line 7 loads models:/churn, which train.py:8 registers',
    );
    expect(map.unknowns.map(({ text }) => text).filter((text) => text.includes('models:/'))).toEqual([
      'serve.py:8 loads models:/ghost; no registration step that was read writes that name.',
    ]);
  });
});

describe('projects of a monorepo', () => {
  const files = {
    'churn/pyproject.toml': '[project]\nname = "churn"\n',
    'churn/src/train.py': TRAIN,
    'churn/app/main.py': SERVE,
    'churn/Dockerfile': 'FROM python:3.11\nCMD ["uvicorn", "app.main:app"]\n',
    'fraud/requirements.txt': 'scikit-learn==1.4.2\n',
    'fraud/src/train.py': TRAIN,
    'fraud/app/main.py': SERVE,
    'fraud/Dockerfile': 'FROM python:3.11\nCMD ["uvicorn", "app.main:app"]\n',
    'k8s/churn.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: churn }\nspec: { template: { spec: { containers: [{ name: c, image: "reg/churn:1" }] } } }\n',
    'monitoring/alertmanager.yml': 'route: { receiver: a }\nreceivers: [{ name: a }]\n',
  };

  it('are kept apart, and what is joined to one of them belongs to it', () => {
    const map = mapOf(files);
    const project = (path: string): (string | undefined)[] =>
      map.components.filter((component) => component.path === path).map((component) => component.project);
    expect(project('churn/src/train.py')).toEqual(['churn', 'churn']);
    expect(project('fraud/app/main.py')).toEqual(['fraud']);
    expect(project('k8s/churn.yaml')).toEqual(['churn']);
    expect(project('monitoring/alertmanager.yml')).toEqual([undefined, undefined]);
  });

  it('have images that start their own service, not that of the other project with the same module name', () => {
    const map = mapOf(files);
    const started = map.edges.filter(({ kind, from }) => kind === 'triggers' && from.startsWith('service image'));
    expect(
      started.map(({ from, to }) => `${from.split(':')[1]?.split('#')[0]} ${to.split(':')[1]?.split('#')[0]}`),
    ).toEqual(['churn/Dockerfile churn/app/main.py', 'fraud/Dockerfile fraud/app/main.py']);
  });

  it('are not told where only one trains', () => {
    const { 'fraud/src/train.py': _, ...one } = files;
    expect(mapOf(one).components.every(({ project }) => project === undefined)).toBe(true);
  });
});

describe('main components', () => {
  it('are at most twelve of a stage, of each file the first, entry points before helpers', () => {
    const rules = Array.from({ length: 30 }, (_, index) => `  - alert: A${index}\n    expr: up == ${index}\n`).join('');
    const map = mapOf({
      'train.py': TRAIN,
      'rules/many.yml': `groups:\n- name: g\n  rules:\n${rules}`,
      'rules/one.yml': 'groups:\n- name: h\n  rules:\n  - alert: Other\n    expr: up == 0\n',
      'monitoring/alertmanager.yml': 'route: { receiver: a }\nreceivers: [{ name: a }]\n',
    });
    const watch = map.components.filter(({ stage }) => stage === 'monitoring');
    const main = watch.filter(({ detail }) => !detail);
    expect(watch).toHaveLength(33);
    expect(main).toHaveLength(12);
    expect(main.map(({ name }) => name)).toEqual(expect.arrayContaining(['A0', 'Other', 'alertmanager.yml', 'a']));
    expect(main.map(({ name }) => name)).not.toContain('A20');
  });
});
