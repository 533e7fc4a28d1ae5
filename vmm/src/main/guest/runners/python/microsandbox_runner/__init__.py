"""The Python runner: runs the cells that the agent sends, in this process.

User code shares the process and may do to it whatever Python allows. The runner therefore protects
what it needs for the next call from common accidents: it has a private copy of the builtins,
repairs the standard streams before every call, and has its control socket on a high descriptor,
which forked children never use.
"""

import builtins

# Modules of the runner import this as __builtins__. Their functions then look up names like len
# here and still work after user code has assigned to builtins.len.
own_builtins = dict(vars(builtins))
