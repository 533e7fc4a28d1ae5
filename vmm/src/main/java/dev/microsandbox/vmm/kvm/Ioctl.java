package dev.microsandbox.vmm.kvm;

/**
 * The requests of linux/kvm.h, as they are encoded on x86-64.
 *
 * @param name in that header
 */
record Ioctl(String name, long number) {

    // System.
    static final Ioctl GET_API_VERSION = new Ioctl("KVM_GET_API_VERSION", 0xAE00);
    static final Ioctl CREATE_VM = new Ioctl("KVM_CREATE_VM", 0xAE01);
    static final Ioctl CHECK_EXTENSION = new Ioctl("KVM_CHECK_EXTENSION", 0xAE03);
    static final Ioctl GET_VCPU_MMAP_SIZE = new Ioctl("KVM_GET_VCPU_MMAP_SIZE", 0xAE04);
    static final Ioctl GET_MSR_INDEX_LIST = new Ioctl("KVM_GET_MSR_INDEX_LIST", 0xC004AE02L);
    static final Ioctl GET_SUPPORTED_CPUID = new Ioctl("KVM_GET_SUPPORTED_CPUID", 0xC008AE05L);

    // VM.
    static final Ioctl CREATE_VCPU = new Ioctl("KVM_CREATE_VCPU", 0xAE41);
    static final Ioctl SET_USER_MEMORY_REGION = new Ioctl("KVM_SET_USER_MEMORY_REGION", 0x4020AE46);
    static final Ioctl SET_TSS_ADDR = new Ioctl("KVM_SET_TSS_ADDR", 0xAE47);
    static final Ioctl CREATE_IRQCHIP = new Ioctl("KVM_CREATE_IRQCHIP", 0xAE60);
    static final Ioctl GET_IRQCHIP = new Ioctl("KVM_GET_IRQCHIP", 0xC208AE62L);
    static final Ioctl SET_IRQCHIP = new Ioctl("KVM_SET_IRQCHIP", 0x8208AE63L);
    static final Ioctl IRQFD = new Ioctl("KVM_IRQFD", 0x4020AE76);
    static final Ioctl IOEVENTFD = new Ioctl("KVM_IOEVENTFD", 0x4040AE79);
    static final Ioctl GET_CLOCK = new Ioctl("KVM_GET_CLOCK", 0x8030AE7CL);
    static final Ioctl SET_CLOCK = new Ioctl("KVM_SET_CLOCK", 0x4030AE7B);

    // VM and vCPU.
    static final Ioctl ENABLE_CAP = new Ioctl("KVM_ENABLE_CAP", 0x4068AEA3);

    // vCPU.
    static final Ioctl RUN = new Ioctl("KVM_RUN", 0xAE80);
    static final Ioctl GET_REGS = new Ioctl("KVM_GET_REGS", 0x8090AE81L);
    static final Ioctl SET_REGS = new Ioctl("KVM_SET_REGS", 0x4090AE82);
    static final Ioctl GET_SREGS = new Ioctl("KVM_GET_SREGS", 0x8138AE83L);
    static final Ioctl SET_SREGS = new Ioctl("KVM_SET_SREGS", 0x4138AE84);
    static final Ioctl TRANSLATE = new Ioctl("KVM_TRANSLATE", 0xC018AE85L);
    static final Ioctl GET_MSRS = new Ioctl("KVM_GET_MSRS", 0xC008AE88L);
    static final Ioctl SET_MSRS = new Ioctl("KVM_SET_MSRS", 0x4008AE89);
    static final Ioctl SET_SIGNAL_MASK = new Ioctl("KVM_SET_SIGNAL_MASK", 0x4004AE8B);
    static final Ioctl SET_FPU = new Ioctl("KVM_SET_FPU", 0x41A0AE8DL);
    static final Ioctl GET_LAPIC = new Ioctl("KVM_GET_LAPIC", 0x8400AE8EL);
    static final Ioctl SET_LAPIC = new Ioctl("KVM_SET_LAPIC", 0x4400AE8F);
    static final Ioctl SET_CPUID2 = new Ioctl("KVM_SET_CPUID2", 0x4008AE90);
    static final Ioctl GET_CPUID2 = new Ioctl("KVM_GET_CPUID2", 0xC008AE91L);
    static final Ioctl GET_MP_STATE = new Ioctl("KVM_GET_MP_STATE", 0x8004AE98L);
    static final Ioctl SET_MP_STATE = new Ioctl("KVM_SET_MP_STATE", 0x4004AE99);
    static final Ioctl GET_VCPU_EVENTS = new Ioctl("KVM_GET_VCPU_EVENTS", 0x8040AE9FL);
    static final Ioctl SET_VCPU_EVENTS = new Ioctl("KVM_SET_VCPU_EVENTS", 0x4040AEA0);
    static final Ioctl GET_DEBUGREGS = new Ioctl("KVM_GET_DEBUGREGS", 0x8080AEA1L);
    static final Ioctl SET_DEBUGREGS = new Ioctl("KVM_SET_DEBUGREGS", 0x4080AEA2);
    static final Ioctl SET_TSC_KHZ = new Ioctl("KVM_SET_TSC_KHZ", 0xAEA2);
    static final Ioctl GET_TSC_KHZ = new Ioctl("KVM_GET_TSC_KHZ", 0xAEA3);
    static final Ioctl GET_XSAVE = new Ioctl("KVM_GET_XSAVE", 0x9000AEA4L);
    static final Ioctl SET_XSAVE = new Ioctl("KVM_SET_XSAVE", 0x5000AEA5);
    static final Ioctl GET_XCRS = new Ioctl("KVM_GET_XCRS", 0x8188AEA6L);
    static final Ioctl SET_XCRS = new Ioctl("KVM_SET_XCRS", 0x4188AEA7);
    static final Ioctl KVMCLOCK_CTRL = new Ioctl("KVM_KVMCLOCK_CTRL", 0xAEAD);
    static final Ioctl GET_XSAVE2 = new Ioctl("KVM_GET_XSAVE2", 0x9000AECFL);
}
