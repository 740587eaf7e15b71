import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { parser } from '@lezer/python';
import type { EncodedPath } from '../../contract/encodedPath.js';
import type {
  PythonArgument,
  PythonCall,
  PythonComparison,
  PythonCondition,
  PythonImport,
  PythonModule,
  PythonValue,
} from '../facts.js';
import { excerpt, LineTable } from '../sourceText.js';
import { setOwn } from '../yamlDocument.js';
import { decodePythonString, isFormatted } from './pythonString.js';

/** Entries of each list of a module; beyond, the module is marked as truncated. */
const MAX_ENTRIES = 5000;
/** Nested syntax nodes; CPython itself refuses 100 levels of indentation or 200 of brackets. */
const MAX_DEPTH = 1000;
/** Nodes looked at, and names collected, for one expression's `reads`. */
const MAX_READ_NODES = 500;
const MAX_READS = 60;
const MAX_VALUE_DEPTH = 6;
const MAX_ITEMS = 200;

const COMPARES = new Set(['<', '<=', '>', '>=', '==', '!=']);
const EXITS = new Set(['sys.exit', 'exit', 'quit', 'os._exit', 'SystemExit']);

/**
 * Parses a Python module with Lezer's grammar; nothing is imported or executed. Broken syntax gives
 * what could be read around it.
 */
export function readPython(path: EncodedPath, text: string): PythonModule {
  return new Reading(path, text).module;
}

class Reading {
  readonly module: PythonModule;
  private readonly lines: LineTable;
  private readonly aliases = new Map<string, string>();
  private readonly scopes: string[] = [];
  /** Conditions around the current node, of the innermost function. */
  private guards: { index: number; negated: boolean }[] = [];
  private readonly outerGuards: { index: number; negated: boolean }[][] = [];
  private readonly bodyGuards = new Map<number, { index: number; negated: boolean }>();

  constructor(
    path: EncodedPath,
    private readonly text: string,
  ) {
    this.lines = new LineTable(text);
    this.module = {
      path,
      roles: ['other'],
      roleEvidence: [],
      imports: [],
      calls: [],
      assignments: [],
      comparisons: [],
      conditions: [],
      exits: [],
      strings: [],
      functions: [],
      runnable: false,
      syntaxErrors: false,
      truncated: false,
    };
    // A byte order mark is no syntax error; with a line feed in its place all offsets stay.
    const tree = parser.parse(text.startsWith('\ufeff') ? `\n${text.slice(1)}` : text);
    let depth = 0;
    // Imports first: a name can be used above the import (inside a function).
    tree.iterate({
      enter: (node) => {
        if (node.name === 'ImportStatement') this.importStatement(node.node);
      },
    });
    tree.iterate({
      enter: (node) => {
        depth += 1;
        if (depth > MAX_DEPTH) {
          this.module.truncated = true;
          depth -= 1;
          return false;
        }
        const descend = this.enter(node);
        if (descend === false) depth -= 1;
        return descend;
      },
      leave: (node) => {
        depth -= 1;
        this.leave(node);
      },
    });
  }

  private enter(ref: SyntaxNodeRef): boolean | undefined {
    if (ref.type.isError) this.module.syntaxErrors = true;
    switch (ref.name) {
      case 'ImportStatement':
      case 'Comment':
        return false;
      case 'FunctionDefinition':
      case 'ClassDefinition':
        this.definition(ref.node);
        break;
      case 'CallExpression':
        this.call(ref.node);
        break;
      case 'AssignStatement':
      case 'NamedExpression':
        this.assignment(ref.node);
        break;
      case 'BinaryExpression':
        this.comparison(ref.node);
        break;
      case 'IfStatement':
      case 'WhileStatement':
        this.branches(ref.node);
        break;
      case 'AssertStatement':
        this.assertion(ref.node);
        break;
      case 'ConditionalExpression':
        this.conditionalExpression(ref.node);
        break;
      case 'RaiseStatement':
        this.raise(ref.node);
        break;
      case 'ReturnStatement':
        for (const { index, negated } of this.guards) if (!negated) this.condition(index).returns = true;
        break;
      case 'Body': {
        const guard = this.bodyGuards.get(ref.from);
        if (guard) this.guards.push(guard);
        break;
      }
      case 'ContinuedString':
      case 'String':
      case 'FormatString':
        this.string(ref.node);
        return ref.name !== 'String' && isFormatted(this.source(ref));
    }
    return undefined;
  }

  private leave(ref: SyntaxNodeRef): void {
    if (ref.name === 'FunctionDefinition' || ref.name === 'ClassDefinition') {
      this.scopes.pop();
      this.guards = this.outerGuards.pop() ?? [];
    }
    if (ref.name === 'Body' && this.bodyGuards.has(ref.from)) this.guards.pop();
  }

  private importStatement(node: SyntaxNode): void {
    const parts = children(node);
    const text = (child: SyntaxNode): string => this.source(child);
    const place = this.lines.place(node.from, node.to);
    const importAt = parts.findIndex((part) => part.name === 'import');
    const bound: PythonImport[] = [];
    if (parts[0]?.name === 'from') {
      const module = parts.slice(1, importAt).map(text).join('');
      const rest = parts.slice(importAt + 1).filter((part) => part.name !== '(' && part.name !== ')');
      for (const group of splitByComma(rest)) {
        const name = group[0];
        if (!name) continue;
        const alias = group[1]?.name === 'as' && group[2] ? text(group[2]) : text(name);
        bound.push({ module, name: text(name), alias, ...place });
      }
    } else {
      for (const group of splitByComma(parts.slice(1))) {
        const as = group.findIndex((part) => part.name === 'as');
        const module = group
          .slice(0, as === -1 ? group.length : as)
          .map(text)
          .join('');
        const aliasNode = as === -1 ? undefined : group[as + 1];
        const alias = aliasNode ? text(aliasNode) : (module.split('.')[0] as string);
        bound.push({ module, alias, ...place });
      }
    }
    for (const entry of bound) {
      this.add(this.module.imports, entry);
      if (entry.name === '*') continue;
      const full = entry.name ? `${entry.module}.${entry.name}` : entry.module;
      const direct = entry.name !== undefined || entry.alias !== entry.module.split('.')[0];
      this.aliases.set(entry.alias, direct ? full : entry.alias);
    }
  }

  private definition(node: SyntaxNode): void {
    const name = node.getChild('VariableName');
    const decorated = node.parent?.name === 'DecoratedStatement' ? node.parent : undefined;
    this.scopes.push(name ? this.source(name) : '<lambda>');
    this.outerGuards.push(this.guards);
    this.guards = [];
    const parameters: string[] = [];
    const defaults: Record<string, PythonValue> = {};
    const list = node.getChild('ParamList');
    for (const group of list ? splitByComma(inner(list)) : []) {
      const parameter = group.find((part) => part.name === 'VariableName');
      if (!parameter) continue;
      parameters.push(this.source(parameter));
      const assign = group.findIndex((part) => part.name === 'AssignOp');
      const value = assign === -1 ? undefined : group[assign + 1];
      if (value) setOwn(defaults, this.source(parameter), this.value(value, 0));
    }
    this.add(this.module.functions, {
      name: this.scopes.join('.'),
      kind: node.name === 'ClassDefinition' ? 'class' : 'function',
      parameters,
      defaults,
      decorators: (decorated?.getChildren('Decorator') ?? []).map((d) => excerpt(this.source(d).slice(1))),
      ...this.lines.place(node.from, node.to),
    });
  }

  private call(node: SyntaxNode): void {
    const target = node.firstChild;
    const list = node.getChild('ArgList');
    if (!target || !list) return;
    const callee = this.dotted(target);
    const groups = splitByComma(inner(list));
    const call: PythonCall = {
      callee,
      resolved: this.resolve(callee),
      arguments: groups.flatMap((group) => this.argument(group) ?? []).slice(0, MAX_ITEMS),
      argumentList: { start: list.from, end: list.to },
      trailingComma: inner(list).at(-1)?.name === ',',
      scope: this.scope,
      assignedTo: this.assignedTo(node),
      discarded: node.parent?.name === 'ExpressionStatement',
      guards: this.guards.map((guard) => guard.index),
      ...this.lines.place(node.from, node.to),
    };
    this.add(this.module.calls, call);
    if (EXITS.has(call.resolved) && node.parent?.name !== 'RaiseStatement') {
      const code = call.arguments[0]?.value;
      this.stop({ kind: 'exit', ...(code?.kind === 'number' ? { code: code.value } : {}) }, node);
    }
  }

  private argument(group: SyntaxNode[]): PythonArgument | undefined {
    const first = group[0];
    const last = group.at(-1);
    if (!first || !last) return undefined;
    const place = this.lines.place(first.from, last.to);
    if (first.name === '*' || first.name === '**') {
      return { splat: first.name, value: group[1] ? this.value(group[1], 0) : { kind: 'other', text: '' }, ...place };
    }
    if (group[1]?.name === 'AssignOp' && group[2]) {
      return { name: this.source(first), value: this.value(group[2], 0), ...place };
    }
    const value: PythonValue =
      group.length === 1
        ? this.value(first, 0)
        : { kind: 'other', text: excerpt(this.text.slice(first.from, last.to)) };
    return { value, ...place };
  }

  private assignedTo(node: SyntaxNode): string[] {
    let current = node;
    while (
      current.parent &&
      (current.parent.name === 'AwaitExpression' || current.parent.name === 'ParenthesizedExpression')
    ) {
      current = current.parent;
    }
    const statement = current.parent;
    if (statement?.name !== 'AssignStatement' || statement.lastChild?.from !== current.from) return [];
    return this.targets(statement);
  }

  private targets(statement: SyntaxNode): string[] {
    const parts = children(statement);
    const lastAssign = parts.map((part) => part.name).lastIndexOf('AssignOp');
    const names: string[] = [];
    for (const part of parts.slice(0, lastAssign)) {
      if (part.name === ',' || part.name === 'AssignOp' || part.name === 'TypeDef') continue;
      if (
        part.name === 'TupleExpression' ||
        part.name === 'ParenthesizedExpression' ||
        part.name === 'ArrayExpression'
      ) {
        for (const item of inner(part)) if (item.name !== ',') names.push(excerpt(this.source(item)));
      } else names.push(excerpt(this.source(part)));
    }
    return names.slice(0, MAX_ITEMS);
  }

  private assignment(node: SyntaxNode): void {
    const parts = children(node);
    const lastAssign = parts.map((part) => part.name).lastIndexOf('AssignOp');
    const right = parts.slice(lastAssign + 1);
    const first = right[0];
    const last = right.at(-1);
    if (lastAssign === -1 || !first || !last) return;
    const value: PythonValue =
      right.length === 1
        ? this.value(first, 0)
        : { kind: 'other', text: excerpt(this.text.slice(first.from, last.to)) };
    this.add(this.module.assignments, {
      targets: this.targets(node),
      value,
      reads: right.flatMap((part) => this.reads(part)).slice(0, MAX_READS),
      scope: this.scope,
      ...this.lines.place(node.from, node.to),
    });
  }

  private comparison(node: SyntaxNode): void {
    const parts = children(node);
    const left = parts[0];
    const right = parts.at(-1);
    const operator = parts
      .slice(1, -1)
      .map((part) => this.source(part))
      .join(' ');
    if (!left || !right || !isComparison(operator)) return;
    // `0 < a < 1` nests to the left: the outer link compares the inner one's right side.
    const chained = left.name === 'BinaryExpression' && children(left).some((part) => part.name === 'CompareOp');
    const subject = chained ? ((left.lastChild as SyntaxNode | null) ?? left) : left;
    this.add(this.module.comparisons, {
      operator,
      left: this.value(subject, 0),
      right: this.value(right, 0),
      reads: [...new Set([...this.reads(subject), ...this.reads(right)])],
      scope: this.scope,
      ...this.lines.place(node.from, node.to),
    });
  }

  private branches(node: SyntaxNode): void {
    let keyword = 'if';
    let test: SyntaxNode | undefined;
    let last: number | undefined;
    for (const part of children(node)) {
      if (part.name === 'if' || part.name === 'elif' || part.name === 'while' || part.name === 'else') {
        keyword = part.name;
        test = undefined;
      } else if (part.name === 'Body') {
        if (keyword === 'else') {
          if (last !== undefined) this.bodyGuards.set(part.from, { index: last, negated: true });
        } else if (test) {
          last = this.addCondition(keyword as PythonCondition['kind'], test, part);
          if (last !== undefined) this.bodyGuards.set(part.from, { index: last, negated: false });
        }
      } else test = part;
    }
  }

  private assertion(node: SyntaxNode): void {
    const test = children(node)[1];
    const index = test ? this.addCondition('assert', test) : undefined;
    if (index !== undefined) this.condition(index).stops = true;
  }

  private conditionalExpression(node: SyntaxNode): void {
    const parts = children(node);
    const test = parts[parts.findIndex((part) => part.name === 'if') + 1];
    if (test) this.addCondition('conditional-expression', test);
  }

  private addCondition(kind: PythonCondition['kind'], test: SyntaxNode, body?: SyntaxNode): number | undefined {
    const place = this.lines.place(test.from, test.to);
    const text = excerpt(this.source(test));
    const reads = this.reads(test);
    if (/__name__\s*==\s*['"]__main__['"]/.test(text)) {
      this.module.runnable = true;
    }
    const bodyPlace = body ? this.lines.place(body.from, body.to) : place;
    const added = this.add(this.module.conditions, {
      kind,
      text,
      reads,
      compares: this.hasComparison(test),
      stops: false,
      elseStops: false,
      returns: false,
      body: { start: bodyPlace.line, end: bodyPlace.endLine },
      scope: this.scope,
      ...place,
    });
    return added ? this.module.conditions.length - 1 : undefined;
  }

  private raise(node: SyntaxNode): void {
    const raised = children(node)[1];
    const target = raised?.name === 'CallExpression' ? raised.firstChild : raised;
    const raises = target ? this.dotted(target) : undefined;
    this.stop({ kind: 'raise', ...(raises === undefined ? {} : { raises }) }, node);
  }

  private stop(exit: { kind: 'raise' | 'exit'; code?: number; raises?: string }, node: SyntaxNode): void {
    for (const { index, negated } of this.guards) {
      if (negated) this.condition(index).elseStops = true;
      else this.condition(index).stops = true;
    }
    this.add(this.module.exits, {
      ...exit,
      scope: this.scope,
      guards: this.guards.map((guard) => guard.index),
      ...this.lines.place(node.from, node.to),
    });
  }

  private string(node: SyntaxNode): void {
    // Parts of a continued string were taken with the whole.
    if (node.parent?.name === 'ContinuedString') return;
    const value = this.value(node, 0);
    const source = this.source(node);
    this.add(this.module.strings, {
      value: value.kind === 'string' ? value.value : decodePythonString(source),
      formatted: isFormatted(source),
      scope: this.scope,
      ...this.lines.place(node.from, node.to),
    });
  }

  /** A literal or name, as far as it can be told; f-strings are `other`. */
  private value(node: SyntaxNode, depth: number): PythonValue {
    const source = this.source(node);
    const other: PythonValue = { kind: 'other', text: excerpt(source) };
    if (depth > MAX_VALUE_DEPTH) return other;
    switch (node.name) {
      case 'String':
        return { kind: 'string', value: decodePythonString(source) };
      case 'ContinuedString': {
        const parts = children(node);
        if (parts.some((part) => part.name !== 'String')) return other;
        return { kind: 'string', value: parts.map((part) => decodePythonString(this.source(part))).join('') };
      }
      case 'Number':
      case 'UnaryExpression': {
        const number = Number(source.replaceAll('_', '').replace(/\s/g, ''));
        return Number.isNaN(number) ? other : { kind: 'number', value: number, text: excerpt(source) };
      }
      case 'Boolean':
        return { kind: 'boolean', value: source === 'True' };
      case 'None':
        return { kind: 'none' };
      case 'VariableName':
        return { kind: 'name', name: source };
      case 'MemberExpression': {
        const dotted = this.dotted(node);
        return dotted.startsWith('()') || source.includes('[') ? other : { kind: 'name', name: dotted };
      }
      case 'ParenthesizedExpression': {
        const content = inner(node)[0];
        return content ? this.value(content, depth + 1) : other;
      }
      case 'AwaitExpression':
        return node.lastChild ? this.value(node.lastChild, depth + 1) : other;
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression': {
        const items = inner(node).filter((item) => item.name !== ',');
        if (items.length > MAX_ITEMS) return other;
        return { kind: 'list', items: items.map((item) => this.value(item, depth + 1)) };
      }
      case 'DictionaryExpression':
        return this.dictionary(node, depth);
      case 'CallExpression':
        return node.firstChild ? { kind: 'call', callee: this.dotted(node.firstChild) } : other;
      default:
        return other;
    }
  }

  private dictionary(node: SyntaxNode, depth: number): PythonValue {
    const entries: { key: PythonValue; value: PythonValue }[] = [];
    let splat = false;
    for (const group of splitByComma(inner(node)).slice(0, MAX_ITEMS)) {
      if (group[0]?.name === '**') splat = true;
      const colon = group.findIndex((part) => part.name === ':');
      const key = group[colon - 1];
      const value = group[colon + 1];
      if (colon > 0 && key && value) {
        entries.push({ key: this.value(key, depth + 1), value: this.value(value, depth + 1) });
      }
    }
    return { kind: 'dict', entries, splat };
  }

  /** Dotted name of an expression; a head that isn't a name gives `()`. */
  private dotted(node: SyntaxNode): string {
    const parts: string[] = [];
    let current: SyntaxNode | null = node;
    for (let hop = 0; current && hop < 50; hop += 1) {
      if (current.name === 'VariableName') {
        parts.unshift(this.source(current));
        return parts.join('.');
      }
      const property: SyntaxNode | null = current.name === 'MemberExpression' ? current.getChild('PropertyName') : null;
      if (!property || current.lastChild?.from !== property.from) break;
      parts.unshift(this.source(property));
      current = current.firstChild;
    }
    return ['()', ...parts].join('.');
  }

  private resolve(callee: string): string {
    const dot = callee.indexOf('.');
    const head = dot === -1 ? callee : callee.slice(0, dot);
    const target = this.aliases.get(head);
    if (target === undefined) return callee;
    return dot === -1 ? target : target + callee.slice(dot);
  }

  /** Names, dotted names and string keys that an expression reads, each once, in order. */
  private reads(node: SyntaxNode): string[] {
    const names = new Set<string>();
    let left = MAX_READ_NODES;
    const stack: SyntaxNode[] = [node];
    while (stack.length > 0 && left > 0 && names.size < MAX_READS) {
      left -= 1;
      const current = stack.pop() as SyntaxNode;
      if (current.name === 'VariableName') names.add(this.source(current));
      else if (current.name === 'MemberExpression' && !this.dotted(current).startsWith('()'))
        names.add(this.dotted(current));
      else {
        if (current.name === 'String' && isKey(current, (part) => this.source(part))) {
          names.add(excerpt(decodePythonString(this.source(current)), 80));
        }
        stack.push(...children(current).slice(0, MAX_READ_NODES).reverse());
      }
    }
    return [...names];
  }

  private hasComparison(node: SyntaxNode): boolean {
    const stack = [node];
    for (let left = MAX_READ_NODES; stack.length > 0 && left > 0; left -= 1) {
      const current = stack.pop() as SyntaxNode;
      if (current.name === 'CompareOp' && COMPARES.has(this.source(current))) return true;
      stack.push(...children(current).slice(0, MAX_READ_NODES));
    }
    return false;
  }

  private condition(index: number): PythonCondition {
    return this.module.conditions[index] as PythonCondition;
  }

  private get scope(): string {
    return this.scopes.join('.');
  }

  private source(node: { from: number; to: number }): string {
    return this.text.slice(node.from, node.to);
  }

  private add<T>(list: T[], entry: T): boolean {
    if (list.length >= MAX_ENTRIES) {
      this.module.truncated = true;
      return false;
    }
    list.push(entry);
    return true;
  }
}

function isComparison(operator: string): operator is PythonComparison['operator'] {
  return COMPARES.has(operator) || ['in', 'not in', 'is', 'is not'].includes(operator);
}

/** A string that selects: `m["auc"]`, `m.get("auc")`. */
function isKey(node: SyntaxNode, source: (node: SyntaxNode) => string): boolean {
  const parent = node.parent;
  if (parent?.name === 'MemberExpression') return parent.firstChild?.from !== node.from;
  if (parent?.name !== 'ArgList') return false;
  const callee = parent.parent?.firstChild;
  return callee?.name === 'MemberExpression' && source(callee).endsWith('.get');
}

function children(node: SyntaxNode): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== 'Comment') out.push(child);
  return out;
}

/** Children between the brackets. */
function inner(node: SyntaxNode): SyntaxNode[] {
  return children(node).filter((child) => !['(', ')', '[', ']', '{', '}'].includes(child.name));
}

function splitByComma(nodes: SyntaxNode[]): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === ',') groups.push([]);
    else (groups.at(-1) as SyntaxNode[]).push(node);
  }
  return groups.filter((group) => group.length > 0);
}
