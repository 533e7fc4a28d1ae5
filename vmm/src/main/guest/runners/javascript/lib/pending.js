'use strict';

// What a call has left to happen: a cell that starts something without awaiting it is over when
// that is over, as a script would be.

// Taken now: a cell may replace them.
const {
  Map, Object, Set, clearImmediate, clearTimeout, process, setImmediate, setInterval, setTimeout,
} = globalThis;

// Left running by intent, or not of the cell.
const NOT_WAITED_FOR = new Set(['TCPServerWrap', 'PipeServerWrap', 'PipeWrap', 'MessagePort',
  'FSEventWrap', 'StatWatcher', 'SignalWrap', 'UDPWrap', 'TTYWrap']);

const PRUNE_AT = 1000;

/** Counts of the resources that keep the event loop alive, by kind. */
function resources() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!NOT_WAITED_FOR.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

class Pending {
  #before;
  #timers = new Set(); // of the running call
  #intervals = new Set(); // of all calls

  constructor() {
    this.#wrap('setTimeout', setTimeout, (timer) => this.#add(this.#timers, timer));
    this.#wrap('setImmediate', setImmediate, (timer) => this.#add(this.#timers, timer));
    this.#wrap('setInterval', setInterval, (timer) => {
      this.#add(this.#timers, timer);
      this.#add(this.#intervals, timer);
    });
  }

  /** A call starts: what is there already is not waited for. */
  begin() {
    this.#timers.clear();
    this.#before = this.#counts();
  }

  /** Whether something that the call started is still to come. Intervals do not count. */
  any() {
    for (const [kind, count] of this.#counts()) {
      if (count > (this.#before.get(kind) ?? 0)) return true;
    }
    return false;
  }

  /** Stops the timers of an interrupted call, so that a loop over a timer ends with it. */
  cancel() {
    for (const timer of this.#timers) {
      clearTimeout(timer);
      clearImmediate(timer);
    }
    this.#timers.clear();
  }

  #counts() {
    prune(this.#intervals);
    const counts = resources();
    let intervals = 0;
    for (const timer of this.#intervals) if (timer.hasRef()) intervals++;
    if (intervals) counts.set('Timeout', counts.get('Timeout') - intervals);
    return counts;
  }

  #add(set, timer) {
    if (set.size >= PRUNE_AT) prune(set);
    set.add(timer);
  }

  #wrap(name, original, started) {
    const wrapper = {
      [name](...args) {
        const timer = original.apply(this, args);
        started(timer);
        return timer;
      },
    }[name];
    Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
    globalThis[name] = wrapper;
  }
}

function prune(set) {
  for (const timer of set) {
    if (timer._destroyed) set.delete(timer);
  }
}

module.exports = { Pending };
