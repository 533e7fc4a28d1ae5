package dev.microsandbox.vmm.memory;

/**
 * The guest's physical address space. Every address that more than one class needs is defined here.
 *
 * <pre>
 * 0x0000_0500  GDT of the boot vCPU
 * 0x0000_6000  random seed for the kernel
 * 0x0000_7000  boot_params ("zero page")
 * 0x0000_8ff0  stack of the boot vCPU, downwards
 * 0x0000_9000  page tables: PML4, PDPT, one page directory
 * 0x0002_0000  kernel command line
 * 0x0009_fc00  MP table, up to the end of low memory
 * 0x000a_0000  (video memory and ROMs on a PC: nothing here)
 * 0x0010_0000  kernel, then the rest of RAM
 * 0xc000_0000  MMIO gap: RAM continues after it
 * 0xd000_0000  virtio-mmio windows, 4 KiB each
 * 0xfec0_0000  I/O APIC      (in KVM)
 * 0xfee0_0000  local APICs   (in KVM)
 * 0xfffb_d000  KVM's TSS pages, for vCPUs in real mode on older Intel processors
 * 0x1_0000_0000 RAM over 3 GiB
 * </pre>
 */
public final class GuestLayout {

    public static final long PAGE_SIZE = 4096;

    public static final long GDT = 0x500;
    public static final long RANDOM_SEED = 0x6000;
    public static final long BOOT_PARAMS = 0x7000;
    public static final long BOOT_STACK = 0x8ff0;
    public static final long PML4 = 0x9000;
    public static final long PDPT = 0xa000;
    public static final long PAGE_DIRECTORY = 0xb000;

    public static final long COMMAND_LINE = 0x20000;

    /** In bytes, including the terminating NUL (COMMAND_LINE_SIZE of x86, asm/setup.h). */
    public static final int COMMAND_LINE_MAX = 2048;

    /** The last kilobyte of low memory, where the kernel looks for an MP table. */
    public static final long MP_TABLE = 0x9fc00;

    public static final long LOW_MEMORY_END = 0xa0000;

    public static final long KERNEL_START = 0x100000;

    public static final long MMIO_GAP_START = 0xc000_0000L;
    public static final long MMIO_GAP_END = 0x1_0000_0000L;

    public static final long VIRTIO_MMIO_BASE = 0xd000_0000L;
    public static final long VIRTIO_MMIO_SIZE = 0x1000;

    /** Interrupt line of slot 0; slot n has this line plus n. */
    public static final int FIRST_VIRTIO_IRQ = 5;

    /** Number of interrupt lines of the I/O APIC. */
    public static final int IRQ_LINES = 24;

    public static final long IO_APIC = 0xfec0_0000L;
    public static final long LOCAL_APIC = 0xfee0_0000L;
    public static final long TSS = 0xfffb_d000L;

    private GuestLayout() {}

    /** The address of the MMIO window of a slot for a virtio device. */
    public static long virtioMmio(int slot) {
        return VIRTIO_MMIO_BASE + slot * VIRTIO_MMIO_SIZE;
    }
}
