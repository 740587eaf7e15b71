import { describe, expect, it } from 'vitest';
import { readYaml } from '../../../../../src/lifecycle/yamlDocument.js';
import { inlineSecretsOf, isPlaceholder, isSecret } from '../../../../../src/proofs/alerts/route/inlineSecrets.js';

const HOOK = 'https://hooks.slack.com/services/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';

function found(yaml: string): string[] {
  const reading = readYaml(yaml);
  if ('reason' in reading || reading.documents[0] === undefined) throw new Error('no YAML');
  return inlineSecretsOf(reading.documents[0]).map(({ line, key }) => `${line} ${key}`);
}

describe('inline secrets', () => {
  it('are named by line and key, in global settings and in integrations', () => {
    const yaml = `global:
  smtp_auth_password: hunter22
  http_config: {authorization: {credentials: abc123}}
receivers:
  - name: a
    slack_configs:
      - api_url: ${HOOK}
    pagerduty_configs:
      - routing_key: 0123456789abcdef
        details: {api_key: shown in the text}
  - name: b
    webhook_configs:
      - url: https://user:pa55word@example.org/hook
        http_config:
          basic_auth: {username: u, password: p4ss}
    telegram_configs: [{bot_token: '1234:abc', chat_id: 5}]
`;
    expect(found(yaml)).toEqual([
      '2 global.smtp_auth_password',
      '3 global.http_config.authorization.credentials',
      '7 receivers[0].slack_configs[0].api_url',
      '9 receivers[0].pagerduty_configs[0].routing_key',
      '13 receivers[1].webhook_configs[0].url',
      '15 receivers[1].webhook_configs[0].http_config.basic_auth.password',
      '16 receivers[1].telegram_configs[0].bot_token',
    ]);
  });

  it('are not what a file or the environment gives', () => {
    const yaml = `global: {smtp_auth_password_file: /run/secrets/smtp, slack_api_url: '<secret>'}
receivers:
  - name: a
    slack_configs: [{api_url: '\${SLACK_URL}'}, {api_url_file: /etc/slack}]
    opsgenie_configs: [{api_key: '{{ .Values.key }}', api_url: 'https://api.eu.opsgenie.com/'}]
    pagerduty_configs: [{routing_key: PD_ROUTING_KEY}, {service_key: xxxxxxxx}]
    victorops_configs: [{api_key: $KEY, routing_key: team-ml}]
`;
    expect(found(yaml)).toEqual([]);
  });
});

it('one that stands in several places is one, with its lines', () => {
  const yaml = `receivers:
  - name: a
    pagerduty_configs:
      - routing_key: 0123456789abcdef
      - routing_key: 0123456789abcdeg
  - name: b
    pagerduty_configs:
      - routing_key: 0123456789abcdef
`;
  const reading = readYaml(yaml);
  if ('reason' in reading || reading.documents[0] === undefined) throw new Error('no YAML');
  expect(inlineSecretsOf(reading.documents[0])).toEqual([
    { line: 4, key: 'receivers[0].pagerduty_configs[0].routing_key', again: [8] },
    { line: 5, key: 'receivers[0].pagerduty_configs[1].routing_key', again: [] },
  ]);
});

describe('addresses', () => {
  it.each([
    ['api_url', 'slack_configs', HOOK],
    ['slack_api_url', 'global', HOOK],
    ['webhook_url', 'discord_configs', 'https://discord.com/api/webhooks/112233445566778899/AbCdEf0123456789xyz'],
    ['url', 'webhook_configs', 'https://chat.googleapis.com/v1/spaces/AAA/messages?key=k&token=AbCd0123456789EfGh'],
    ['api_url', 'slack_configs', 'https://chat.internal/hooks/9yq3kqk7ufdbmx4mwqzj5bk1sr'],
  ])('%s of %s is a secret: %s', (key, kind, url) => {
    expect(isSecret(key, kind, url)).toBe(true);
  });

  it.each([
    ['api_url', 'slack_configs', 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'],
    ['api_url', 'slack_configs', 'https://hooks.slack.com/services/your/webhook/url'],
    ['url', 'webhook_configs', 'http://alert-gateway.monitoring.svc.cluster.local:8080/prometheus-webhook'],
    ['api_url', 'opsgenie_configs', 'https://api.opsgenie.com/'],
    ['url', 'webhook_configs', 'not a url'],
  ])('%s of %s is none: %s', (key, kind, url) => {
    expect(isSecret(key, kind, url)).toBe(false);
  });
});

it('placeholders are told from values', () => {
  expect(
    ['<secret>', '${X}', '$(X)', 'xxx', '***', 'CHANGE_ME', 'your-api-key', 'ENC[AES256,x]'].every(isPlaceholder),
  ).toBe(true);
  expect(['hunter22', 'a$b', '0123456789abcdef'].some(isPlaceholder)).toBe(false);
});
