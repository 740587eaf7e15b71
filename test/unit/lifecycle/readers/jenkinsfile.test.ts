import { describe, expect, it } from 'vitest';
import { isJenkinsfileName, readJenkinsfile } from '../../../../src/lifecycle/readers/jenkinsfile.js';

const FILE = `pipeline {
  agent any
  stages {
    stage('Train') {
      steps {
        sh 'python train.py'
        sh(script: "echo \${X}")
      }
    }
    stage("Deploy") {
      steps {
        sh '''
          docker push model
          kubectl apply -f k8s/
        '''
      }
    }
    stage('Nothing') { steps { echo 'x' } }
  }
}
`;

describe('readJenkinsfile', () => {
  it('gives each stage the shell steps that stand in it, with their lines', () => {
    const parts = readJenkinsfile('Jenkinsfile', FILE);
    expect(parts.map(({ name, line }) => [name, line])).toEqual([
      ['Train', 4],
      ['Deploy', 10],
    ]);
    expect(parts[0]?.commands.map(({ text, line }) => `${line} ${text}`)).toEqual(['6 python train.py', '7 echo ${X}']);
    expect(parts[1]?.commands[0]?.text).toContain('kubectl apply -f k8s/');
  });

  it('reads nothing from a string without an end, and nothing from no stage', () => {
    expect(readJenkinsfile('Jenkinsfile', "stage('a') { sh 'python")).toEqual([]);
    expect(readJenkinsfile('Jenkinsfile', "node { sh 'x' }")).toEqual([]);
    expect(readJenkinsfile('Jenkinsfile', '')).toEqual([]);
  });

  it.each([
    ['Jenkinsfile', true],
    ['Jenkinsfile.train', true],
    ['ci.jenkinsfile', true],
    ['jenkins.yaml', false],
  ])('tells %s by its name: %s', (name, expected) => {
    expect(isJenkinsfileName(name)).toBe(expected);
  });
});
