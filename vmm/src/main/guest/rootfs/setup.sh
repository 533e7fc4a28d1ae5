#!/bin/sh -eu
# Runs in the new system before the recipe's own commands: what the agent and
# the people in the sandbox rely on.

# The user that everything in a sandbox runs as.
groupadd --gid 1000 sandbox
useradd --uid 1000 --gid sandbox --home-dir /workspace --no-create-home \
	--shell /bin/bash sandbox
install -d -o sandbox -g sandbox /workspace
if [ -d /etc/sudoers.d ]; then
	echo 'sandbox ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/sandbox
	chmod 0440 /etc/sudoers.d/sandbox
fi

# Debian keeps pip out of the system's Python to protect a computer that lasts.
# This one does not: `pip install` puts packages under /usr/local.
printf '[global]\nbreak-system-packages = true\n' > /etc/pip.conf
version=$(ls -d /usr/lib/python3.* 2>/dev/null | sed 's|.*/||' | tail -n 1)
[ -z "$version" ] || mkdir -p "/usr/local/lib/$version/dist-packages"
chown -R sandbox:sandbox /usr/local

# Names. The agent sets the host name of each sandbox.
rm -f /etc/hostname /etc/hosts
echo sandbox > /etc/hostname
cat > /etc/hosts <<'HOSTS'
127.0.0.1	localhost
::1		localhost ip6-localhost ip6-loopback
HOSTS

# Where the agent stacks the root file system's writable layer.
install -d -m 0700 /overlay
