package dev.microsandbox.vmm.kvm;

import java.lang.foreign.MemorySegment;

/**
 * Segments, descriptor tables and control registers: struct kvm_sregs. Mutable, for use by one
 * thread.
 *
 * @param bytes the structure
 */
public record SpecialRegisters(MemorySegment bytes) {

    // Segments (struct kvm_segment, 24 bytes each), in the structure's order.
    public static final int CS = 0;
    public static final int DS = 24;
    public static final int ES = 48;
    public static final int FS = 72;
    public static final int GS = 96;
    public static final int SS = 120;
    public static final int TR = 144;
    private static final int LDT = 168;

    private static final int GDT = 192;
    private static final int IDT = 208;
    private static final int CR0_OFFSET = 224;
    private static final int CR2_OFFSET = 232;
    private static final int CR3_OFFSET = 240;
    private static final int CR4_OFFSET = 248;
    private static final int EFER_OFFSET = 264;

    // struct kvm_dtable
    private static final int TABLE_LIMIT = 8;

    // struct kvm_segment
    private static final int SEGMENT_LIMIT = 8;
    private static final int SEGMENT_SELECTOR = 12;
    private static final int SEGMENT_TYPE = 14;
    private static final int SEGMENT_PRESENT = 15;
    private static final int SEGMENT_DPL = 16;
    private static final int SEGMENT_DB = 17;
    private static final int SEGMENT_S = 18;
    private static final int SEGMENT_L = 19;
    private static final int SEGMENT_G = 20;

    /**
     * Sets a segment register as loading its descriptor would.
     *
     * @param segment one of the constants here
     * @param selector the descriptor's offset in the GDT
     * @param descriptor as in the GDT (Intel SDM vol. 3, 3.4.5)
     */
    public void setSegment(int segment, int selector, long descriptor) {
        long base = (descriptor >>> 16 & 0xff_ffff) | (descriptor >>> 56 & 0xff) << 24;
        long limit = (descriptor & 0xffff) | (descriptor >>> 48 & 0xf) << 16;
        int attributes = (int) (descriptor >>> 40);
        boolean pages = (attributes & 0x8000) != 0;
        bytes.set(Layouts.U64, segment, base);
        bytes.set(
                Layouts.U32, segment + SEGMENT_LIMIT, (int) (pages ? limit << 12 | 0xfff : limit));
        bytes.set(Layouts.U16, segment + SEGMENT_SELECTOR, (short) selector);
        bytes.set(Layouts.U8, segment + SEGMENT_TYPE, (byte) (attributes & 0xf));
        bytes.set(Layouts.U8, segment + SEGMENT_S, (byte) (attributes >>> 4 & 1));
        bytes.set(Layouts.U8, segment + SEGMENT_DPL, (byte) (attributes >>> 5 & 3));
        bytes.set(Layouts.U8, segment + SEGMENT_PRESENT, (byte) (attributes >>> 7 & 1));
        bytes.set(Layouts.U8, segment + SEGMENT_L, (byte) (attributes >>> 13 & 1));
        bytes.set(Layouts.U8, segment + SEGMENT_DB, (byte) (attributes >>> 14 & 1));
        bytes.set(Layouts.U8, segment + SEGMENT_G, (byte) (pages ? 1 : 0));
    }

    /** Sets a segment's selector and base as real mode does. */
    public void setRealModeSegment(int segment, int selector) {
        bytes.set(Layouts.U64, segment, (long) selector << 4);
        bytes.set(Layouts.U16, segment + SEGMENT_SELECTOR, (short) selector);
    }

    public void setGdt(long base, int limit) {
        bytes.set(Layouts.U64, GDT, base);
        bytes.set(Layouts.U16, GDT + TABLE_LIMIT, (short) limit);
    }

    public void setIdt(long base, int limit) {
        bytes.set(Layouts.U64, IDT, base);
        bytes.set(Layouts.U16, IDT + TABLE_LIMIT, (short) limit);
    }

    public long cr0() {
        return bytes.get(Layouts.U64, CR0_OFFSET);
    }

    public void setCr0(long value) {
        bytes.set(Layouts.U64, CR0_OFFSET, value);
    }

    public long cr2() {
        return bytes.get(Layouts.U64, CR2_OFFSET);
    }

    public long cr3() {
        return bytes.get(Layouts.U64, CR3_OFFSET);
    }

    public void setCr3(long value) {
        bytes.set(Layouts.U64, CR3_OFFSET, value);
    }

    public long cr4() {
        return bytes.get(Layouts.U64, CR4_OFFSET);
    }

    public void setCr4(long value) {
        bytes.set(Layouts.U64, CR4_OFFSET, value);
    }

    public long efer() {
        return bytes.get(Layouts.U64, EFER_OFFSET);
    }

    public void setEfer(long value) {
        bytes.set(Layouts.U64, EFER_OFFSET, value);
    }

    /** A segment's selector, base and limit as readable text. */
    private String segment(int segment) {
        return "%04x base %x limit %x"
                .formatted(
                        bytes.get(Layouts.U16, segment + SEGMENT_SELECTOR) & 0xffff,
                        bytes.get(Layouts.U64, segment),
                        bytes.get(Layouts.U32, segment + SEGMENT_LIMIT));
    }

    @Override
    public String toString() {
        return """
                cr0 %016x  cr2 %016x  cr3 %016x  cr4 %016x
                efer %x  gdt %x  idt %x  ldt %s
                cs %s  ss %s  ds %s
                fs %s  gs %s  tr %s"""
                .formatted(
                        cr0(),
                        cr2(),
                        cr3(),
                        cr4(),
                        efer(),
                        bytes.get(Layouts.U64, GDT),
                        bytes.get(Layouts.U64, IDT),
                        segment(LDT),
                        segment(CS),
                        segment(SS),
                        segment(DS),
                        segment(FS),
                        segment(GS),
                        segment(TR));
    }
}
