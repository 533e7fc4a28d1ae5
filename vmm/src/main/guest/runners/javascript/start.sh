# Node has no way to mark a descriptor close-on-exec, but does so at its start for those up to 15.
# --no-force-async-hooks-checks: an interrupt ends JavaScript between two entries of Node's
# bookkeeping of asynchronous calls, which is no reason to abort.
exec /usr/bin/node --no-force-async-hooks-checks main.js \
  15<&"$MICROSANDBOX_CONTROL_FD" {MICROSANDBOX_CONTROL_FD}<&-
