package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.kvm.Cpuid.Entry;
import java.util.List;

/**
 * The CPUID leaf that lists the components of a processor's state, which XSAVE writes, with their
 * sizes and offsets (Intel SDM vol. 1, 13.2). Its bits are those of XCR0.
 */
final class XsaveLeaf {

    static final int FUNCTION = 0xd;

    /**
     * x87, SSE, AVX, the three of AVX-512, PKRU. Not the bounds of MPX, nor the tiles of AMX: their
     * 8 KiB would be part of each checkpoint.
     */
    static final int COMPONENTS = 1 << 0 | 1 << 1 | 1 << 2 | 0b111 << 5 | 1 << 9;

    /** The legacy area, with x87 and SSE, and the header. */
    private static final int LEAST_BYTES = 512 + 64;

    /** In the leaf of a component, ECX: in the compacted format it begins at a multiple of 64. */
    private static final int ALIGNED = 1 << 1;

    private XsaveLeaf() {}

    /**
     * Removes the subleaves of components that are not in XCR0, and computes the sizes of the areas
     * for those that are. KVM computes them again as the guest sets XCR0.
     */
    static Cpuid consistent(Cpuid cpuid) {
        int enabled =
                cpuid.entries().stream()
                        .filter(entry -> entry.function() == FUNCTION && entry.index() == 0)
                        .mapToInt(Entry::eax)
                        .findFirst()
                        .orElse(0);
        List<Entry> kept =
                cpuid.entries().stream()
                        .filter(
                                entry ->
                                        entry.function() != FUNCTION
                                                || entry.index() < 2
                                                || (enabled & 1 << entry.index()) != 0)
                        .toList();
        int standard = standardBytes(kept);
        int compacted = compactedBytes(kept);
        return new Cpuid(kept)
                .map(
                        entry ->
                                entry.function() != FUNCTION || entry.index() > 1
                                        ? entry
                                        : entry.index() == 0
                                                ? entry.withEbx(standard).withEcx(standard)
                                                : entry.withEbx(compacted));
    }

    private static boolean isComponent(Entry entry) {
        return entry.function() == FUNCTION && entry.index() >= 2;
    }

    private static int standardBytes(List<Entry> entries) {
        return entries.stream()
                .filter(XsaveLeaf::isComponent)
                .mapToInt(entry -> entry.ebx() + entry.eax())
                .reduce(LEAST_BYTES, Math::max);
    }

    private static int compactedBytes(List<Entry> entries) {
        int end = LEAST_BYTES;
        for (Entry entry : entries) {
            if (isComponent(entry)) {
                end = (entry.ecx() & ALIGNED) == 0 ? end : (end + 63) / 64 * 64;
                end += entry.eax();
            }
        }
        return end;
    }
}
