'use strict';

// V8's console mode knows no import: rewrites import statements and import() to a function's calls.

const NAME = '__microsandbox_import__';

// After these words a slash begins a regular expression.
const BEFORE_EXPRESSION = new Set(['return', 'typeof', 'case', 'in', 'of', 'do', 'else', 'void',
  'delete', 'throw', 'new', 'instanceof', 'await', 'yield']);

const WORD = /[\p{ID_Continue}$\u200c\u200d]+/uy;
const REGEXP = /\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const SPECIFIER = `('(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*")`;
const STATEMENT = new RegExp(
  `import(?:\\s*(?:([\\p{ID_Start}$_][\\p{ID_Continue}$]*)\\s*,?\\s*)?` +
    `(?:\\*\\s*as\\s+([\\p{ID_Start}$_][\\p{ID_Continue}$]*)|\\{([^}]*)\\})?\\s*from)?\\s*${SPECIFIER}` +
    `(?:\\s*(assert|with)\\s*(\\{[^}]*\\}))?`, 'uy');

function match(pattern, code, at) {
  pattern.lastIndex = at;
  return pattern.exec(code);
}

/** The code with imports rewritten, line for line. */
function rewriteImports(code) {
  if (!code.includes('import')) return code;
  let out = '';
  let copied = 0;
  let last = ''; // the token before, to tell a division from a regular expression
  const open = []; // open brackets; '`' for a template's ${
  for (let i = 0; i < code.length; ) {
    const c = code[i];
    let m;
    if (/\s/.test(c)) {
      i++;
      continue;
    }
    if (c === '/' && (m = match(COMMENT, code, i))) {
      i += m[0].length;
      continue;
    }
    if ((c === "'" || c === '"') && (m = match(STRING, code, i))) {
      last = 'value';
      i += m[0].length;
    } else if (c === '`' || (c === '}' && open.at(-1) === '`')) {
      if (c === '}') open.pop();
      i = templatePart(code, i + 1, open);
      last = open.at(-1) === '`' && code[i - 1] === '{' ? '{' : 'value';
    } else if (c === '/' && startsRegExp(last) && (m = match(REGEXP, code, i))) {
      last = 'value';
      i += m[0].length;
    } else if ((m = match(WORD, code, i))) {
      const word = m[0];
      let replaced;
      if (word === 'import' && last !== '.') {
        replaced = rewriteAt(code, i, open.length === 0);
      }
      if (replaced) {
        out += code.slice(copied, i) + replaced.text;
        i = copied = i + replaced.length;
        last = 'word';
      } else {
        i += word.length;
        last = BEFORE_EXPRESSION.has(word) ? 'operator' : 'word';
      }
    } else {
      if (c === '(' || c === '[' || c === '{') open.push(c);
      if (c === ')' || c === ']' || c === '}') open.pop();
      last = c;
      i++;
    }
  }
  return out + code.slice(copied);
}

function startsRegExp(last) {
  return !['value', 'word', ')', ']', '}'].includes(last);
}

/** The end of a template's text: after its closing backtick or after a ${. */
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

function rewriteAt(code, i, topLevel) {
  const call = match(/import\s*(?=\()/y, code, i);
  if (call) return { text: NAME, length: call[0].length };
  const m = topLevel && match(STATEMENT, code, i);
  if (!m) return null;
  const [whole, byDefault, namespace, named, specifier, key, attributes] = m;
  const bindings = [];
  const lines = '\n'.repeat(whole.split('\n').length - 1);
  if (byDefault) bindings.push(`default: ${byDefault}`);
  if (named !== undefined) {
    bindings.push(...named.split(',').map((n) => n.trim()).filter(Boolean)
      .map((n) => n.replace(/^([^\s]+)\s+as\s+/, '$1: ')));
  }
  const options = key ? `, {${key}: ${attributes}}` : '';
  let text = `await ${NAME}(${specifier}${options})`;
  if (namespace) {
    text = `const ${namespace} = ${text}`;
    if (byDefault) text += `, {default: ${byDefault}} = ${namespace}`;
  } else if (byDefault || named !== undefined) {
    text = `const {${bindings.join(', ')}} = ${text}`;
  } else {
    text = `void ${text}`;
  }
  return { text: text + lines, length: whole.length };
}

module.exports = { NAME, rewriteImports };
