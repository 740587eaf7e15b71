import { describe, expect, it } from 'vitest';
import { pipInstalls } from '../../../../src/risks/reproducibility/pipInstall.js';

describe('pip install', () => {
  it('gives packages, files and constraints of each command', () => {
    expect(
      pipInstalls(
        'pip install -U pip && python -m pip install --no-cache-dir -r requirements.txt -c constraints.txt "mlflow>=2" boto3',
      ),
    ).toEqual([
      { packages: ['pip'], files: [], constrained: false },
      { packages: ['mlflow>=2', 'boto3'], files: ['requirements.txt'], constrained: true },
    ]);
  });

  it('leaves out values of options, local paths, wheels and variables', () => {
    expect(
      pipInstalls('pip3 install --index-url https://x/simple --target /deps . -e . dist/app.whl $PACKAGE torch'),
    ).toEqual([{ packages: ['torch'], files: [], constrained: false }]);
  });

  it('finds nothing where nothing is installed', () => {
    expect(pipInstalls('pip uninstall -y torch; echo pip installs torch')).toEqual([]);
  });
});
