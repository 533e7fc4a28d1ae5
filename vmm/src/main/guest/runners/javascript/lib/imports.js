'use strict';

// Rewrites import statements and import() to function calls, because V8's console mode lacks them.

const { match, tokens } = require('./tokens');

// Captured now, because a cell may replace it.
const { stringify } = JSON;

const NAME = '__microsandbox_import__';

const SPECIFIER = `('(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*")`;
const STATEMENT = new RegExp(
  `import(?:\\s*(?:([\\p{ID_Start}$_][\\p{ID_Continue}$]*)\\s*,?\\s*)?` +
    `(?:\\*\\s*as\\s+([\\p{ID_Start}$_][\\p{ID_Continue}$]*)|\\{([^}]*)\\})?\\s*from)?\\s*${SPECIFIER}` +
    `(?:\\s*(assert|with)\\s*(\\{[^}]*\\}))?`, 'uy');

/** Returns the code with imports rewritten. The line numbers stay the same. */
function rewriteImports(code) {
  if (!code.includes('import')) return code;
  let out = '';
  let copied = 0;
  let last = '';
  for (const { kind, text, start, depth } of tokens(code)) {
    if (kind === 'word' && text === 'import' && last !== '.' && start >= copied) {
      const replaced = rewriteAt(code, start, depth === 0);
      if (replaced) {
        out += code.slice(copied, start) + replaced.text;
        copied = start + replaced.length;
      }
    }
    last = text;
  }
  return out + code.slice(copied);
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
  const options = key ? `{${key}: ${attributes}}` : 'undefined';
  const names = bindings.map((binding) => binding.split(':')[0].trim().replace(/['"]/g, ''));
  let text = `await ${NAME}(${specifier}, ${options}, ${stringify(names)})`;
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
