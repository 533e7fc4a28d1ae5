# Puts the launcher in front of the server's command line, which is "$@", so that the server is
# confined before it executes. A part of both scripts that start the program; it starts no process.
# docs/confinement.md says what is allowed, and why.
#
# It expects:
#   command    of msb, such as serve
#   launcher   msb-launch; where it is missing, nothing changes
#   runtime    the directory of the Java runtime
#   program    the directory with the program
#   installed  the directory of an installation's images, or nothing
#   builder    the script, which is to build images that are missing

case $command in
serve | stdio | run | exec | doctor) ;;
*) return 0 ;;
esac
[ -x "$launcher" ] || return 0

# The home, the configuration file and the image, as the program finds them.
home=${MICROSANDBOX_HOME:-}
config=${MICROSANDBOX_CONFIG:-}
image=
file=
previous=
for argument in "$@"; do
    # The file that a 'run' names: the last one that exists, and is no option's value.
    case $command:$previous:$argument in
    run:-*) ;;
    run:*) [ ! -f "$argument" ] || file=$argument ;;
    esac
    case $previous in
    --home) home=$argument ;;
    --config) config=$argument ;;
    --sandbox-image) image=$argument ;;
    esac
    case $argument in
    --home=*) home=${argument#--home=} ;;
    --config=*) config=${argument#--config=} ;;
    --sandbox-image=*) image=${argument#--sandbox-image=} ;;
    esac
    previous=$argument
done
if [ -z "$home" ]; then
    # Java takes the user's home from the list of users, not from the variable HOME.
    home=${HOME:-/root}
    while read -r key user _; do
        [ "$key" != Uid: ] || break
    done </proc/self/status
    while IFS=: read -r _ _ id _ _ directory _; do
        [ "$id" != "$user" ] || home=$directory
    done </etc/passwd
    home=$home/.microsandbox
fi
case $home in /*) ;; *) home=$PWD/$home ;; esac
case $config in '' | /*) ;; *) config=$PWD/$config ;; esac
case $file in '' | /*) ;; *) file=$PWD/$file ;; esac
# A rule needs a directory that exists. An ordinary user's image build has other user ids (sub-uids),
# which read its scripts there.
[ -d "$home" ] || mkdir -p -m 0711 "$home" 2>/dev/null || return 0

# Without this option, the JVM leaves its working directory for that of its performance data, and
# finds back only if it may list it.
java=$1
shift
set -- -XX:+PerfDisableSharedMem "$@"
words=$#
# A worker has the server's command line up to the command, then words of its own. The launcher puts
# the directory of the worker's namespace in the place of @TENANT@.
# A file of 64 MiB needs half of the heap while it is read, and one namespace must not take the host's memory.
worker_options='-Xmx1g -Djava.io.tmpdir=@TENANT@/tmp'
# 'doctor' starts none, and asks the launcher whether a server could.
case $command in
serve | doctor) workers=known ;;
*) workers= ;;
esac
if [ -n "$workers" ]; then
    for word in "$java" $worker_options "$@"; do
        [ "$word" != "$command" ] || break
        set -- "$@" --worker "$word"
    done
    set -- "$@" --worker worker --worker --home --worker "$home" \
        --tenants "$home/tenants" --sessions "$home/sessions" --worker-uids 60706-61183 --link-from "$home/templates"
fi
set -- "$@" -- "$java"
# The server's own words go to the end.
while [ "$words" -gt 0 ]; do
    word=$1
    shift
    set -- "$@" "$word"
    words=$((words - 1))
done

# The program, with its start-up cache.
set -- --execute "$runtime" --read "$program" "$@"
[ -z "$installed" ] || set -- --read "$installed" "$@"
if [ -n "$workers" ]; then
    # Nothing else of the home: workers are kept from keys and from each other.
    set -- --worker-execute "$runtime" --worker-read "$program" --worker-write /dev/null "$@"
    [ -z "$installed" ] || set -- --worker-read "$installed" "$@"
    for path in assets images templates; do
        set -- --worker-read "$home/$path" "$@"
    done
fi

# What a Java runtime reads of a system: libraries, time zones, users, names, certificates.
set -- --execute /lib64/ld-linux-x86-64.so.2 "$@"
[ -z "$workers" ] || set -- --worker-execute /lib64/ld-linux-x86-64.so.2 "$@"
for path in /lib /lib64 /usr/lib /usr/lib64 /usr/share/zoneinfo /usr/share/ca-certificates \
    /etc/ld.so.cache /etc/localtime /etc/timezone /etc/passwd /etc/group /etc/hosts /etc/host.conf \
    /etc/resolv.conf /etc/nsswitch.conf /etc/gai.conf /etc/services /etc/protocols /etc/ssl/certs \
    /etc/java-*-openjdk /run/systemd/resolve /usr/src \
    /proc /sys /dev/zero /dev/random /dev/urandom; do
    set -- --read "$path" "$@"
    [ -z "$workers" ] || set -- --worker-read "$path" "$@"
done

# What the server works with. A link in the home is followed.
for path in /dev/null /dev/tty /dev/kvm /tmp "$home"; do
    set -- --write "$path" "$@"
done
for path in "$home"/*; do
    [ ! -L "$path" ] || set -- --write "$path" "$@"
done
[ -z "$config" ] || set -- --read "$config" "$@"

[ "$command" != run ] || [ -z "$file" ] || set -- --read "$file" "$@"

# Root needs no capability for what is its own. For what another user owns, it needs to be allowed
# to read and write it all the same (CAP_DAC_OVERRIDE), within the rules above.
if ! { [ -O "$home" ] && [ -O "$program" ] && [ -O "$runtime" ]; }; then
    set -- --keep-capability 1 "$@"
fi

# The server makes control groups, below its own: who may write to others can freeze and kill what is
# in them. In the root of a hierarchy of version 1, that takes a capability, but not in a directory
# there. It stays for the next start.
while IFS=: read -r _ controllers group; do
    case ,$controllers, in
    ,,) places=/sys/fs/cgroup ;;
    *,memory,*) places=/sys/fs/cgroup/memory ;;
    *,cpu,*) places=/sys/fs/cgroup/cpu ;;
    *,pids,*) places=/sys/fs/cgroup/pids ;;
    *) continue ;;
    esac
    # A container's group may be the root of what is mounted there.
    for path in "$places${group%/}" "$places"; do
        [ -d "$path" ] || continue
        # Only the root of version 1 has the first file. The root of version 2 lacks the second.
        if [ -n "$controllers" ] && [ -e "$path/cgroup.sane_behavior" ]; then
            [ -d "$path/microsandbox" ] || mkdir "$path/microsandbox" 2>/dev/null || :
            set -- --write "$path/microsandbox" "$@"
        elif [ -n "$controllers" ] || [ -e "$path/cgroup.type" ]; then
            set -- --write "$path" "$@"
        fi
        break
    done
done </proc/self/cgroup

# What the launcher does for the server. Where QEMU is missing, the build of an image installs it.
found=/usr/bin/qemu-system-x86_64
rest=${PATH:-}:
while [ -n "$rest" ]; do
    qemu=${rest%%:*}/qemu-system-x86_64
    rest=${rest#*:}
    # Not in a directory that is relative to where the server happens to be started.
    case $qemu in /?*/*) ;; *) continue ;; esac
    if [ -f "$qemu" ] && [ -x "$qemu" ]; then
        found=$qemu
        break
    fi
done
# 'msb doctor' asks it for its version.
set -- --qemu "$found" --execute "$found" "$@"
# All servers of a host lock QEMU's users in one place. The server adds its home, for where this is
# read-only.
set -- --locks /run/microsandbox "$@"
if [ -n "$builder" ]; then
    set -- --build "$builder" --build image --build prepare --build --home --build "$home" \
        ${config:+--build --config --build "$config"} \
        ${image:+--build --sandbox-image --build "$image"} "$@"
fi
set -- "$launcher" server --no-new-privileges "$@"
