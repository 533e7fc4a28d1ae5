"""Gives this process new random state, because it may be a clone of another one.

Generators that user code made for itself, such as a random.Random, are left alone. So is the secret
of str hashes, because dictionaries depend on it.
"""

import os
import sys

from . import own_builtins as __builtins__  # noqa: F401

# The state begins with the key: numpy/random/src/mt19937/mt19937.h.
_MT19937_KEY_BYTES = 624 * 4


def renew():
    """Renews the module-level generators of loaded modules, and forgets the machine's old name."""
    for name, step in _STEPS.items():
        module = sys.modules.get(name)
        if module is not None:
            try:
                step(module)
            except Exception:
                pass  # user code has replaced or dismantled the module


def _random(module):
    module._inst.seed()


def _numpy(module):
    # Raises TypeError if user code gave it a generator of its own.
    module._rand.seed(int.from_bytes(os.urandom(4), "little"))
    # Those are only 32 bits, which two of many clones could share. The rest is written to the
    # address that numpy gives for its state: seed() with more bits, or with none, would take a
    # quarter of the time of a clone's first answer.
    state = module._rand._bit_generator.ctypes.state_address
    sys.modules["ctypes"].memmove(state, os.urandom(_MT19937_KEY_BYTES), _MT19937_KEY_BYTES)


def _openssl(module):
    # This also renews the generators of other threads, which notice that their seed source was
    # reseeded.
    module.RAND_add(os.urandom(32), 32.0)


def _temporary_names(module):
    module._name_sequence = None


def _identifiers(module):
    # Makes Python compute uuid1() itself. libuuid would keep the node that it once chose. There is
    # no network card, so the node is random.
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
