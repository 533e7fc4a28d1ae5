# Node cannot mark a descriptor close-on-exec later, but at its start it marks those up to 15.
# --no-force-async-hooks-checks: an interrupt may end JavaScript between two entries of Node's
# bookkeeping of asynchronous calls. Node must not abort then.
exec /usr/bin/node --no-force-async-hooks-checks main.js \
  15<&"$MICROSANDBOX_CONTROL_FD" {MICROSANDBOX_CONTROL_FD}<&-
