"""The Python half of a sandbox's interpreter: runs cells that the agent sends, in this process.

User code shares the process and may do to it whatever Python allows. What the runner needs to
answer the next call is therefore kept out of the way of the usual accidents: a private copy of the
builtins, standard streams that are put right before every call, a control socket on a high
descriptor that forked children do not speak on.
"""

import builtins

# Modules of the runner import this as __builtins__: their functions then look names like len up
# here and go on working after user code assigned to builtins.len.
own_builtins = dict(vars(builtins))
