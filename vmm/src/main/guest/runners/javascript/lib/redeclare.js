'use strict';

// V8's console mode allows a name to be declared again only by the same kind of declaration. This
// module changes the kind of a cell's declaration, so that every kind can follow every other. The
// declaration then behaves like its new kind: a constant that was a var before can be assigned, and
// a function that was a constant before exists only from its own line on.

const { tokens } = require('./tokens');

// Captured now, because a cell may replace it.
const { Set } = globalThis;

const KINDS = ['let', 'const', 'var'];
const KEYWORDS = new Set(KINDS);
const DEFINITIONS = new Set(['async', 'function', 'class']);
const ASYNC_OR_STAR = new Set(['async', 'function', '*']);

/** Changes how a top-level name is declared: let, const or var. Null: no such declaration. */
function redeclare(code, name, kind) {
  const all = [...tokens(code)];
  for (let i = 0; i < all.length; i++) {
    const { kind: type, text, start, end, depth } = all[i];
    if (depth > 0 || type !== 'word' || all[i - 1]?.text === '.') continue;
    if (KEYWORDS.has(text) && declares(code, all, i, name)) {
      // Padded, so that columns stay the same if possible.
      return code.slice(0, start) + kind.padEnd(text.length) + code.slice(end);
    }
    const last = startsStatement(code, all, i) ? endOfDefinition(all, i, name) : null;
    if (last) {
      const whole = code.slice(start, last.end);
      return `${code.slice(0, start)}${kind} ${name} = ${whole};${code.slice(last.end)}`;
    }
  }
  return null;
}

/** Whether the declaration that begins with a keyword declares the name. */
function declares(code, all, keyword, name) {
  let target = true;
  for (let i = keyword + 1; i < all.length; i++) {
    const { kind, text, depth } = all[i];
    if (depth === 0) {
      const definition = DEFINITIONS.has(text) && startsStatement(code, all, i);
      if (text === ';' || KEYWORDS.has(text) || definition) return false;
      if (text === '=' || text === 'of' || text === 'in') target = false;
      if (text === ',') target = true;
    }
    if (target && kind === 'word' && text === name && all[i + 1]?.text !== ':') return true;
  }
  return false;
}

function startsStatement(code, all, i) {
  const before = all[i - 1];
  if (!before || before.text === ';' || before.text === '}') return true;
  const newLine = code.slice(before.end, all[i].start).includes('\n');
  return newLine && ['word', 'value', ')', ']'].includes(before.kind);
}

/** The closing brace of the function or class that begins here, if it has that name. */
function endOfDefinition(all, i, name) {
  let at = i;
  if (all[at].text === 'class') at++;
  else while (ASYNC_OR_STAR.has(all[at]?.text)) at++;
  if (at === i || all[at]?.text !== name) return null;
  return all.slice(at).find(({ kind, depth }) => kind === '}' && depth === 0) ?? null;
}

module.exports = { KINDS, redeclare };
