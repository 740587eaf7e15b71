import { describe, expect, it } from 'vitest';
import { changedLines, findings, fixed, TRAINING } from '../ruleTrial.js';

const PATH = 'monitoring/alertmanager.yml';
const RULES = `groups:
  - name: g
    rules:
      - alert: ModelBad
        expr: live_auc{model="scorer"} < 0.8
        labels: {severity: critical}
`;

const ROUTE = `route:
  receiver: chat
  routes:
    - receiver: hook
      matchers: [severity="critical"]
      continue: true
    # the model itself
    - receiver: ml-oncall # day and night
      matchers: [model="scorer"]
`;
const RECEIVERS = `receivers:
  - name: chat
    slack_configs: [{channel: '#chat', api_url_file: /etc/slack}]
  - name: hook
    webhook_configs: [{url: "http://hook.internal/alerts"}]
  - name: ml-oncall
  - name: ml-oncall-pager
    pagerduty_configs: [{routing_key_file: /etc/pd}]
`;

const files = (config: string, rules = RULES) => ({ ...TRAINING, [PATH]: config, 'monitoring/rules.yml': rules });
const rule = (config: string, rules?: string) => findings('INC-001', files(config, rules));

describe('INC-001 alert-routes-nowhere', () => {
  it('finds people’s receiver that notifies nobody behind a hook', () => {
    const [risk] = rule(ROUTE + RECEIVERS);
    expect(risk).toMatchObject({
      path: PATH,
      line: 15,
      severity: 'critical',
      subject: 'ml-oncall',
      blocks: 'alerting',
      fixable: true,
      message: 'Alert ModelBad is routed to receiver "ml-oncall", which notifies nobody.',
    });
    expect(risk?.evidence).toEqual([
      `${PATH}:15: - name: ml-oncall`,
      `${PATH}:8: - receiver: ml-oncall # day and night`,
      'monitoring/rules.yml:4: - alert: ModelBad',
    ]);
  });

  it('is less severe where nobody should be woken', () => {
    expect(rule(ROUTE + RECEIVERS, RULES.replace('critical', 'warning'))).toMatchObject([{ severity: 'high' }]);
  });

  it('finds an empty default receiver by inheritance, with the old matchers too', () => {
    const config =
      'route:\n  receiver: nobody\n  routes:\n    - match: {severity: critical}\n      routes:\n        - match_re: {model: "sc.*"}\nreceivers:\n  - name: nobody\n  - name: pager\n    pagerduty_configs: [{routing_key_file: /x}]\n';
    expect(rule(config)).toMatchObject([{ subject: 'nobody', line: 8 }]);
  });

  it.each([
    ['people who are notified', ROUTE.replace('receiver: ml-oncall ', 'receiver: ml-oncall-pager ') + RECEIVERS],
    ['people beside an empty receiver', ROUTE.replace('receiver: hook', 'receiver: chat') + RECEIVERS],
    ['a webhook alone', `route: {receiver: hook}\n${RECEIVERS}`],
    ['an empty receiver that no alert reaches', ROUTE.replace('model="scorer"', 'model="other"') + RECEIVERS],
    ['a receiver that is not defined', `route: {receiver: gone}\n${RECEIVERS}`],
    ['a matcher that cannot be read', ROUTE.replace('severity="critical"', '"severity ~ x"') + RECEIVERS],
    ['broken YAML', 'route: [\n'],
  ])('is silent on %s', (_, config) => {
    expect(rule(config)).toEqual([]);
  });

  it('is silent where it depends on labels that the rule does not tell', () => {
    expect(rule(ROUTE + RECEIVERS, RULES.replace('{model="scorer"}', ''))).toEqual([]);
  });

  it('is silent on silence that is wanted, and only on that', () => {
    const config = 'route: {receiver: "null"}\nreceivers:\n  - name: "null"\n';
    expect(rule(config, RULES.replace('critical', 'info'))).toEqual([]);
    expect(rule(config, RULES.replace('ModelBad', 'Watchdog'))).toEqual([]);
    expect(rule(config)).toHaveLength(1);
  });

  it.each([
    ["email_configs: [{to: 'devnull@example.com'}]", 'devnull@example.com'],
    ["pagerduty_configs: [{routing_key: 'PD_ROUTING_KEY'}]", 'PD_ROUTING_KEY'],
    ['webhook_configs: [{url: "http://localhost:9000/x"}]', 'http://localhost:9000/x'],
    ['slack_configs: [{channel: "#x", api_url: "https://hooks.slack.com/services/YOUR_TOKEN"}]', 'YOUR_TOKEN'],
  ])('finds the placeholder in %s', (integration, destination) => {
    const found = rule(`route: {receiver: r}\nreceivers:\n  - name: r\n    ${integration}\n`);
    expect(found).toMatchObject([
      { subject: 'r', fixable: false, unfixableBecause: 'whom to notify is for a person to say' },
    ]);
    expect(found[0]?.message).toContain(destination);
  });

  it.each([
    'pagerduty_configs: [{routing_key_file: /etc/pd}]',
    'pagerduty_configs: [{routing_key: "${PD_ROUTING_KEY}"}]',
    "opsgenie_configs: [{api_key: '{{ .Values.key }}'}]",
    "email_configs: [{to: 'oncall@payments.internal'}]",
  ])('takes %s for a destination', (integration) => {
    expect(rule(`route: {receiver: r}\nreceivers:\n  - name: r\n    ${integration}\n`)).toEqual([]);
  });

  it('changes the receiver of the route to the one whose name extends it, and no other line', () => {
    const config = ROUTE + RECEIVERS;
    expect(changedLines(config, fixed('INC-001', files(config)))).toEqual([
      '-    - receiver: ml-oncall # day and night',
      '+    - receiver: ml-oncall-pager # day and night',
    ]);
  });

  it('keeps quotes, CRLF and a missing final newline', () => {
    const config = (ROUTE.replace('receiver: ml-oncall ', "receiver: 'ml-oncall' ") + RECEIVERS)
      .replaceAll('\n', '\r\n')
      .trimEnd();
    expect(fixed('INC-001', files(config))).toBe(config.replace("'ml-oncall'", "'ml-oncall-pager'"));
  });

  it('takes the only receiver that notifies people, else has no fix', () => {
    const one = `${ROUTE}receivers:\n  - name: chat\n  - name: hook\n    webhook_configs: [{url: "http://hook.internal"}]\n  - name: ml-oncall\n  - name: pager\n    pagerduty_configs: [{routing_key_file: /x}]\n`;
    expect(fixed('INC-001', files(one))).toContain('- receiver: pager # day and night');
    const two = one.replace('- name: chat\n', '- name: chat\n    email_configs: [{to: a@payments.internal}]\n');
    expect(rule(two)).toMatchObject([{ unfixableBecause: 'no single receiver is the obvious replacement' }]);
    const twoExtend = `${ROUTE}${RECEIVERS}  - name: ml-oncall-mail\n    email_configs: [{to: a@payments.internal}]\n`;
    expect(rule(twoExtend)).toMatchObject([{ fixable: false }]);
  });

  it('is silent without any alert', () => {
    expect(findings('INC-001', { ...TRAINING, [PATH]: ROUTE + RECEIVERS })).toEqual([]);
  });
});
