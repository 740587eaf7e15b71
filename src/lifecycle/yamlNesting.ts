import { CST, Lexer } from 'yaml';

/** Bounds on the structure of a YAML stream that nobody trusts. */
export interface YamlBounds {
  /** Nested collections. */
  depth: number;
  /** Aliases (`*name`) of a text. */
  aliases: number;
  documents: number;
}

/**
 * A look at the lexemes before the parser, whose time grows with the square of the depth: open
 * brackets, and indicators in a row on one line (`- - - a`), which nest as well.
 */
export function nestsDeeper(text: string, depth: number): boolean {
  let brackets = 0;
  let indicators = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === 'flow-map-start' || type === 'flow-seq-start') brackets += 1;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') brackets -= 1;
    else if (type === 'newline') indicators = 0;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators += 1;
    if (brackets > depth || indicators > depth) return true;
  }
  return false;
}

/** Which bound a token tree exceeds first; walked without recursion. */
export function exceededBound(tokens: readonly CST.Token[], bounds: YamlBounds): keyof YamlBounds | undefined {
  if (tokens.filter((token) => token.type === 'document').length > bounds.documents) return 'documents';
  const stack = tokens.map((token) => ({ token, depth: 0 }));
  let aliases = 0;
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { token, depth } = entry;
    if (token.type === 'alias') aliases += 1;
    if (aliases > bounds.aliases) return 'aliases';
    if (token.type === 'document' && token.value) stack.push({ token: token.value, depth });
    if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') continue;
    if (depth >= bounds.depth) return 'depth';
    for (const item of token.items) {
      if (item.key) stack.push({ token: item.key, depth: depth + 1 });
      if (item.value) stack.push({ token: item.value, depth: depth + 1 });
    }
  }
  return undefined;
}
