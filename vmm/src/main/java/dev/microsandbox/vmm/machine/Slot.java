package dev.microsandbox.vmm.machine;

import org.jspecify.annotations.Nullable;

/**
 * The places of a machine's virtio devices, the same for every kind of machine. A place has an
 * address and an interrupt line of its own, which each kind derives from {@link #index}.
 *
 * <p>Linux is told of these places on its command line and looks at them when it boots, at no other
 * time of its own accord. So a place stays where it is: what was saved goes on only in a machine
 * that has its devices there. And Linux is told of those that are kept for later too, where it
 * finds virtio's placeholder: device id 0. It knows them then, also in what is made of a template,
 * and looks at one again when a program in the guest writes its name to {@code
 * /sys/bus/platform/drivers/virtio-mmio/bind}. Each costs the boot three reads of registers.
 *
 * <p>Disks are told apart by their {@link #serial}, never by their order, with one exception. The
 * kernel itself mounts the root file system, without an initramfs, and knows disks by the name
 * alone that it gives them: {@code root=/dev/vda}. It names them in the order in which it finds
 * them. That order is the one of the command line: the virtio-mmio driver registers the places in
 * that order, before there is a driver for disks, and that one then takes them one after the other.
 * {@link #ROOT} is the first of all, so it is {@code vda} whatever other disks there are.
 */
public enum Slot {
    /** The disk with the root file system, read-only. */
    ROOT(0, "root"),
    /** The agent's port, and the kernel's console. */
    CONSOLE(1, null),
    /** Random numbers of the host. */
    ENTROPY(2, null),
    /** What gives free pages back to the host; QEMU's machine has none. */
    BALLOON(3, null),
    /** Kept for a second read-only disk, with what sandboxes need beside an image. */
    TOOLS(4, "tools"),
    /** Kept for a disk that a guest writes to, and that outlives it. */
    WORKSPACE(5, "workspace"),
    /** Kept for a network card. */
    NETWORK(6, null);

    private final int index;
    private final @Nullable String serial;

    Slot(int index, @Nullable String serial) {
        this.index = index;
        this.serial = serial;
    }

    /** From 0 on, without gaps. */
    public int index() {
        return index;
    }

    /**
     * What a disk here says when the driver asks for its serial number (VIRTIO_BLK_T_GET_ID): the
     * guest finds it in {@code /sys/block/NAME/serial}.
     *
     * @throws IllegalStateException if this is no place of a disk
     */
    public String serial() {
        if (serial == null) {
            throw new IllegalStateException(this + " has no disk");
        }
        return serial;
    }
}
