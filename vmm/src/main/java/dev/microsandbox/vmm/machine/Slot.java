package dev.microsandbox.vmm.machine;

import org.jspecify.annotations.Nullable;

/**
 * The slots of a machine's virtio devices, the same for every kind of machine. Each slot has its
 * own address and interrupt line, which each kind of machine derives from {@link #index}.
 *
 * <p>The kernel command line lists the slots, and Linux probes them only when it boots. So a slot
 * never moves: a saved guest continues only in a machine that has its devices in the same slots.
 * The command line also lists the slots that are reserved for later use. There Linux finds virtio's
 * placeholder, device id 0, and remembers the slot, also in machines made from a template. It
 * probes a slot again when a program in the guest writes the slot's name to {@code
 * /sys/bus/platform/drivers/virtio-mmio/bind}. Each reserved slot costs the boot three register
 * reads.
 *
 * <p>Disks are told apart by their {@link #serial}, never by their order, with one exception. The
 * kernel itself mounts the root file system, without an initramfs, and can identify a disk only by
 * the name that it gives it: {@code root=/dev/vda}. It names disks in the order in which it finds
 * them, which is that of the command line: the virtio-mmio driver registers the slots in that
 * order, before the block driver exists, and the block driver then probes them one after the other.
 * {@link #ROOT} is the first slot, so it is {@code vda} whatever other disks there are.
 */
public enum Slot {
    /** The disk with the root file system, read-only. */
    ROOT(0, "root"),
    /** The agent's port, and the kernel's console. */
    CONSOLE(1, null),
    /** Random numbers from the host. */
    ENTROPY(2, null),
    /** The balloon, which gives free pages back to the host; QEMU's machine has none. */
    BALLOON(3, null),
    /**
     * Reserved for a second read-only disk, with tools that sandboxes need in addition to an image.
     */
    TOOLS(4, "tools"),
    /** Reserved for a disk that a guest writes to and that outlives the guest. */
    WORKSPACE(5, "workspace"),
    /** Reserved for a network card. */
    NETWORK(6, null);

    private final int index;
    private final @Nullable String serial;

    Slot(int index, @Nullable String serial) {
        this.index = index;
        this.serial = serial;
    }

    /** The slot's number; the numbers start at 0 and have no gaps. */
    public int index() {
        return index;
    }

    /**
     * The serial number that a disk in this slot reports (VIRTIO_BLK_T_GET_ID). The guest finds it
     * in {@code /sys/block/NAME/serial}.
     *
     * @throws IllegalStateException if this slot is not for a disk
     */
    public String serial() {
        if (serial == null) {
            throw new IllegalStateException(this + " has no disk");
        }
        return serial;
    }
}
