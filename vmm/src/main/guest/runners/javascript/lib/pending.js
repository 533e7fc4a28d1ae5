'use strict';

// Tracks what a call has started. A cell that starts something without awaiting it ends when that
// ends, as a script would.

// Captured now, because a cell may replace them.
const {
  Map, Object, Set, clearImmediate, clearTimeout, process, setImmediate, setInterval, setTimeout,
} = globalThis;
const { Socket } = require('net');
const { _getActiveHandles: getHandles, uptime } = process;

// Resources that are meant to keep running, or that the cell did not start.
const IGNORED_KINDS = new Set(['TCPServerWrap', 'PipeServerWrap', 'PipeWrap', 'MessagePort',
  'FSEventWrap', 'StatWatcher', 'SignalWrap', 'UDPWrap', 'TTYWrap', 'TCPSocketWrap']);

const PRUNE_AT = 1000;

const NETWORK = new Set(['TCP', 'TLSWrap']);

/** A connection without a byte for this long counts as kept for later calls. */
const QUIET_SECONDS = 2;

/** Counts the resources that keep the event loop alive, by kind. */
function resources() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) {
    if (!IGNORED_KINDS.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/**
 * The connections that keep the event loop alive, except those that the program's own servers have
 * accepted: like the servers, they are meant to keep running.
 */
function connections() {
  const all = [];
  for (const handle of getHandles.call(process)) {
    const isNetwork = handle instanceof Socket && NETWORK.has(handle._handle?.constructor.name);
    if (isNetwork && !handle.server) all.push(handle);
  }
  return all;
}

class Pending {
  #before;
  #connectionsBefore;
  #bytes;
  #quietSince;
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

  /** Begins a call, which does not wait for what already exists. */
  begin() {
    this.#timers.clear();
    this.#before = this.#counts();
    try {
      this.#connectionsBefore = new Set(connections());
    } catch {
      this.#connectionsBefore = new Set();
    }
    this.#bytes = undefined;
  }

  /**
   * Whether the call has to wait for something that it started. It does not wait for intervals or,
   * unless its value is a pending promise, for connections on which nothing happens.
   */
  any(awaited) {
    for (const [kind, count] of this.#counts()) {
      if (count > (this.#before.get(kind) ?? 0)) return true;
    }
    return this.#isConnected(awaited);
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

  #isConnected(awaited) {
    let idle = 0;
    let bytes = 0;
    try {
      for (const socket of connections()) {
        if (this.#connectionsBefore.has(socket)) continue;
        if (awaited || socket.connecting || socket._httpMessage) return true;
        idle++;
        bytes += socket.bytesRead + socket.bytesWritten;
      }
    } catch {
      return false; // the code has broken one of them
    }
    return idle > 0 && !this.#isQuiet(bytes);
  }

  #isQuiet(bytes) {
    const now = uptime();
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#quietSince = now;
    }
    return now - this.#quietSince >= QUIET_SECONDS;
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
