import { isMap, parseAllDocuments, visit } from 'yaml';
import type { Snapshot } from '../contract/snapshot.js';

const TEMPLATE_ENDINGS = /\.(j2|jinja2?|tpl|tmpl|gotmpl|mustache|hbs|erb|ejs|tftpl)$/i;
const YAML_ENDING = /\.ya?ml$/i;

/**
 * Whether a file is the source of a template engine rather than the file that is used: by its
 * ending; a YAML file with `{{` below `templates/` of a Helm chart; or YAML in which `{{ … }}` or
 * `{% … %}` stands where YAML would need a value. Go templates *inside* strings, as Prometheus rules
 * and Alertmanager configurations hold them, don't make a file a template.
 */
export function isTemplatedFile(snapshot: Snapshot, path: string, text: string): boolean {
  if (TEMPLATE_ENDINGS.test(path)) return true;
  if (!YAML_ENDING.test(path) || !/\{\{|\{%/.test(text)) return false;
  return isInHelmChart(snapshot, path) || hasBareTemplate(text);
}

function isInHelmChart(snapshot: Snapshot, path: string): boolean {
  const chart = /^(.*?)(?:^|\/)templates\//.exec(path);
  if (chart === null) return false;
  const descriptor = chart[1] === '' ? 'Chart.yaml' : `${chart[1]}/Chart.yaml`;
  return snapshot.entries.some((entry) => entry.path === descriptor);
}

function hasBareTemplate(text: string): boolean {
  let bare = false;
  try {
    for (const document of parseAllDocuments(text, { uniqueKeys: false })) {
      if (document.errors.length > 0) return true;
      // `{{ x }}` without quotes parses as a flow map whose key is a flow map.
      visit(document, {
        Pair(_, pair) {
          if (!isMap(pair.key)) return undefined;
          bare = true;
          return visit.BREAK;
        },
      });
    }
  } catch {
    return true;
  }
  return bare;
}
