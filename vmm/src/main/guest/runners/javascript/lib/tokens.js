'use strict';

// Splits JavaScript into rough tokens: it recognizes strings, comments and regular expressions, and
// how deep in brackets the rest is.

// After one of these words, a slash begins a regular expression.
const BEFORE_EXPRESSION = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void',
  'delete', 'throw', 'new', 'instanceof', 'await', 'yield']);

const WORD = /[\p{ID_Continue}$\u200c\u200d]+/uy;
const REGEXP = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const SPACE = /\s+/y;

function match(pattern, code, at) {
  pattern.lastIndex = at;
  return pattern.exec(code);
}

/**
 * Yields the tokens except comments and spaces, as {kind, text, start, end, depth}. The kind is
 * word, value (a string, a regular expression, a piece of a template), or the character itself. The
 * depth is the number of brackets around the token. A closing bracket has the depth of its opening
 * one.
 */
function* tokens(code) {
  let last; // distinguishes a division from a regular expression
  const open = []; // open brackets; '`' for a template's ${
  for (let i = 0; i < code.length; ) {
    const c = code[i];
    let m = match(SPACE, code, i) ?? (c === '/' ? match(COMMENT, code, i) : null);
    if (m) {
      i += m[0].length;
      continue;
    }
    const start = i;
    let depth = open.length;
    let kind = c;
    m = match(STRING, code, i);
    if (!m && c === '/' && startsRegExp(last)) m = match(REGEXP, code, i);
    if (m) {
      kind = 'value';
      i += m[0].length;
    } else if (c === '`' || (c === '}' && open.at(-1) === '`')) {
      if (c === '}') open.pop();
      depth = open.length;
      i = templatePart(code, i + 1, open);
      kind = open.length > depth ? 'template' : 'value';
    } else if ((m = match(WORD, code, i))) {
      kind = 'word';
      i += m[0].length;
    } else {
      if (c === '(' || c === '[' || c === '{') open.push(c);
      if (c === ')' || c === ']' || c === '}') {
        open.pop();
        depth = open.length;
      }
      i++;
    }
    last = { kind, text: code.slice(start, i), start, end: i, depth };
    yield last;
  }
}

function startsRegExp(last) {
  if (last?.kind === 'word') return BEFORE_EXPRESSION.has(last.text);
  return !['value', ')', ']', '}'].includes(last?.kind);
}

/** The end of a piece of a template: after the closing backtick or after a ${. */
function templatePart(code, i, open) {
  for (; i < code.length; i++) {
    if (code[i] === '\\') i++;
    else if (code[i] === '`') return i + 1;
    else if (code[i] === '$' && code[i + 1] === '{') {
      open.push('`');
      return i + 2;
    }
  }
  return i;
}

module.exports = { match, tokens };
