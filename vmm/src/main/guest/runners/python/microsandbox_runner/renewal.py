"""Makes random state of its own where this process is a clone of another one.

What user code made for itself, such as a random.Random of its own, is left alone, and so is the
secret of str hashes: dictionaries are built on it.
"""

import os
import sys

from . import own_builtins as __builtins__  # noqa: F401

# The state begins with that: numpy/random/src/mt19937/mt19937.h.
_MT19937_KEY_BYTES = 624 * 4


def renew():
    """New state for the module-level generators of modules that are loaded; a new machine's name."""
    for name, step in _STEPS.items():
        module = sys.modules.get(name)
        if module is not None:
            try:
                step(module)
            except Exception:
                pass  # a module that user code put in the place of ours, or took apart


def _random(module):
    module._inst.seed()


def _numpy(module):
    # TypeError where user code gave it a generator of its own.
    module._rand.seed(int.from_bytes(os.urandom(4), "little"))
    # That is 32 bits, which some of many clones would share. The rest goes to where numpy says that
    # its state is: seed() with more, or with nothing, takes a quarter of a clone's first answer.
    state = module._rand._bit_generator.ctypes.state_address
    sys.modules["ctypes"].memmove(state, os.urandom(_MT19937_KEY_BYTES), _MT19937_KEY_BYTES)


def _openssl(module):
    # Also the generators of other threads: they see that the one that seeded them was reseeded.
    module.RAND_add(os.urandom(32), 32.0)


def _temporary_names(module):
    module._name_sequence = None


def _identifiers(module):
    # uuid1() by Python itself, not by libuuid, which keeps what it once took for the address of a
    # network card. There is none: it is random.
    module._generate_time_safe = None
    module._node = module._random_getnode()


def _machine_name(module):
    module._uname_cache = None


_STEPS = {
    "random": _random,
    "numpy.random.mtrand": _numpy,
    "_ssl": _openssl,
    "tempfile": _temporary_names,
    "uuid": _identifiers,
    "platform": _machine_name,
}
